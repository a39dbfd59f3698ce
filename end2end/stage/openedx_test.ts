import { mkdirSync } from 'node:fs';
import { test as base } from '@playwright/test';
import { addPlatform, command, serve } from './ltt';
import { OpenEdx, type Block } from './openedx';
import { freePort, type Program } from './program';
import { PROJECT, SAMPLE } from './sample_project';

const parameters = `project=${PROJECT}`;

interface Options {
  /** The blocks of the course. */
  blocks: Record<string, Block>;
}

interface Stage {
  platform: OpenEdx;
  ltt: Program;
}

/**
 * A story: `ltt serve` and Open edX' own LTI code, which know of each other what an administrator enters. Unless told otherwise
 * the course has two blocks: two passports, two registrations of LTT.
 */
export const test = base.extend<Options & Stage & { stage: Stage }>({
  blocks: [{ first: { parameters }, second: { parameters } }, { option: true }],

  stage: [
    async ({ blocks }, use, info) => {
      const folder = info.outputPath('stage');
      mkdirSync(folder, { recursive: true });
      const ports = { ltt: await freePort(), lms: await freePort() };
      const platform = await OpenEdx.start(folder, ports, blocks);
      await command(folder, ports, 'project', 'import', SAMPLE);
      for (const [block, registration] of Object.entries(await platform.registrations())) {
        await addPlatform(folder, ports, `Open edX ${block}`, registration);
      }
      const ltt = serve(folder, ports);
      await ltt.start();
      await use({ platform, ltt });
      await Promise.all([ltt.stop(), platform.program.stop()]);
    },
    { timeout: 180_000 },
  ],

  platform: async ({ stage }, use) => use(stage.platform),
  ltt: async ({ stage }, use) => use(stage.ltt),
});

export { expect } from '@playwright/test';
