import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  testDir: './stories',
  outputDir: '../target/end2end/output',
  // Each story starts programs of its own; two at once would only slow each other down.
  workers: 1,
  forbidOnly: true,
  retries: 1,
  timeout: 90_000,
  // Where the machine itself is ill, every story would fail after its full time, twice.
  maxFailures: 8,
  globalTimeout: 30 * 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: '../target/end2end/report.json' }]],
  use: {
    actionTimeout: 15_000,
    viewport: { width: 1100, height: 900 },
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: here('./browser/chromium'),
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update', '--disable-sync'],
    },
  },
});
