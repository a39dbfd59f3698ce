import { mkdirSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { addPlatform, command, serve } from './ltt';
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

/**
 * A story: `ltt serve` and Open edX' own LTI code, which know of each other what an administrator enters. Unless told otherwise
 * the course has two blocks: two passports, two registrations of LTT.
 */
export const test = base.extend<Options & Stage & { stage: Stage }>({
  blocks: [{ first: { parameters }, second: { parameters } }, { option: true }],
  enrolled: [SMALL, { option: true }],

  stage: [
    async ({ blocks, enrolled }, use, info) => {
      const folder = info.outputPath('stage');
      mkdirSync(folder, { recursive: true });
      const ports = { ltt: await freePort(), lms: await freePort() };
      const platform = await OpenEdx.start(folder, ports, blocks, enrolled);
      const administer = (...args: string[]) => command(folder, ports, ...args);
      await administer('project', 'import', SAMPLE);
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
