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
      // A frame in a process of its own loses what is clicked before the browser has put it together with the page round it, and
      // Playwright loses sight of one that goes to and fro between two sites. What a site may keep in another one's frame does not
      // depend on processes.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-component-update',
        '--disable-sync',
        '--disable-site-isolation-trials',
      ],
    },
  },
});
