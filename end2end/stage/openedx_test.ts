import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test as base } from '@playwright/test';
import { addPlatform, command, keysAreMade, serve } from './ltt';
import { OpenEdx, SMALL, type Block, type Class } from './openedx';
import { freePort, type Program } from './program';
import { PROJECT, SAMPLE } from './sample_project';

const parameters = `project=${PROJECT}`;

interface Options {
  /** The blocks of the course. */
  blocks: Record<string, Block>;
  /** Who is enrolled besides those whom the story names. */
  enrolled: Class;
}

interface Stage {
  platform: OpenEdx;
  ltt: Program;
  /** Runs one of LTT's commands, as an administrator does. */
  administer: (...args: string[]) => Promise<string>;
}

interface Workshop {
  /** A folder in which LTT has made its keys and has the sample project. */
  prepared: string;
}

/**
 * A story: `ltt serve` and Open edX' own LTI code, which know of each other what an administrator enters. Unless told otherwise
 * the course has two blocks: two passports, two registrations of LTT.
 */
export const test = base.extend<Options & Stage & { stage: Stage }, Workshop>({
  prepared: [
    async ({}, use) => {
      const folder = mkdtempSync(`${tmpdir()}/ltt-prepared-`);
      const ports = { ltt: await freePort(), lms: await freePort() };
      await command(folder, ports, 'project', 'import', SAMPLE);
      const ltt = serve(folder, ports);
      await ltt.start();
      await keysAreMade(ports);
      await ltt.stop();
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  blocks: [{ first: { parameters }, second: { parameters } }, { option: true }],
  enrolled: [SMALL, { option: true }],

  stage: [
    async ({ prepared, blocks, enrolled }, use, info) => {
      const folder = info.outputPath('stage');
      mkdirSync(folder, { recursive: true });
      cpSync(prepared, folder, { recursive: true });
      const ports = { ltt: await freePort(), lms: await freePort() };
      const platform = await OpenEdx.start(folder, ports, blocks, enrolled);
      const administer = (...args: string[]) => command(folder, ports, ...args);
      for (const [block, registration] of Object.entries(await platform.registrations())) {
        await addPlatform(folder, ports, `Open edX ${block}`, registration);
      }
      const ltt = serve(folder, ports);
      await ltt.start();
      await use({ platform, ltt, administer });
      await Promise.all([ltt.stop(), platform.program.stop()]);
    },
    { timeout: 180_000 },
  ],

  platform: async ({ stage }, use) => use(stage.platform),
  ltt: async ({ stage }, use) => use(stage.ltt),
  administer: async ({ stage }, use) => use(stage.administer),
});

export { expect } from '@playwright/test';
