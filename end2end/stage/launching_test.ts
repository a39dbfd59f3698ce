import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { chromium, test as base, type BrowserContext, type TestInfo } from '@playwright/test';
import { Attacker } from './attacker';
import { addPlatform, command, lmsAddress, lttAddress, serve, type Ports } from './ltt';
import { TestPlatform } from './platform';
import { freePort } from './program';
import { SAMPLE } from './sample_project';

interface World {
  ports: Ports;
  platform: TestPlatform;
  attacker: Attacker;
  /** What `ltt platform show` says of a line. */
  shown(line: string): Promise<string>;
}

/** A story of launching: `ltt serve`, a platform that answers to the story, and somebody who means no good. */
export const test = base.extend<object, { world: World }>({
  world: [
    async ({}, use) => {
      const folder = mkdtempSync(`${tmpdir()}/ltt-launching-`);
      const ports = { ltt: await freePort(), lms: await freePort() };
      const platform = await TestPlatform.start(ports);
      const attacker = await Attacker.start(ports, platform);
      await command(folder, ports, 'project', 'import', SAMPLE);
      await addPlatform(folder, ports, 'A platform', platform.registration);
      const ltt = serve(folder, ports);
      await ltt.start();
      const shown = async (line: string) => {
        const lines = (await command(folder, ports, 'platform', 'show', 'A platform')).split('\n');
        return lines.find((one) => one.startsWith(line))?.slice(line.length).trim() ?? '';
      };
      await use({ ports, platform, attacker, shown });
      await Promise.all([ltt.stop(), platform.stop(), attacker.stop()]);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

/** Where a browser refuses LTT's cookies and storage. */
export type Refusing = 'nowhere' | 'in frames' | 'everywhere';

/** A browser of its own, set up by a person who refuses things there. */
export async function browser(info: TestInfo, { ports, attacker }: World, refusing: Refusing): Promise<BrowserContext> {
  const profile = info.outputPath(`profile-${Math.random().toString(36).slice(2)}`);
  mkdirSync(`${profile}/Default`, { recursive: true });
  const sites = { nowhere: [], 'in frames': [lmsAddress(ports), attacker.address], everywhere: ['*'] }[refusing];
  const cookies = Object.fromEntries(sites.map((site) => [`${lttAddress(ports)},${site}`, { setting: 2 }]));
  const preferences = { profile: { content_settings: { exceptions: { cookies } } } };
  writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(preferences));
  return chromium.launchPersistentContext(profile, info.project.use.launchOptions);
}

export { expect } from '@playwright/test';
