import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test as base, type BrowserContext } from '@playwright/test';
import { DemoLms } from '../pages/demo_lms';
import { demo, keysAreMade, lmsAddress, type Ports, type Settings } from './ltt';
import { ScriptedModel } from './model';
import { freePort, type Program } from './program';

interface Options {
  /** Who answers the learner: the guide, or a model that the story scripts. */
  tutor: 'guide' | 'scripted';
}

interface Stage {
  folder: string;
  model: ScriptedModel;
  settings: Settings;
  /** `ltt demo`, running. */
  ltt: Program;
  /** The demo LMS, in the story's first window. */
  lms: DemoLms;
}

interface Workshop {
  ports: Ports;
  /** A folder in which the demo has run once, so that the stories need not each make keys and a database. */
  prepared: string;
}

/** A story: a fresh `ltt demo` and a browser across two sites. */
export const test = base.extend<Options & Stage, Workshop>({
  tutor: ['guide', { option: true }],

  ports: [async ({}, use) => use({ ltt: await freePort(), lms: await freePort() }), { scope: 'worker' }],

  prepared: [
    async ({ ports }, use) => {
      const folder = mkdtempSync(`${tmpdir()}/ltt-prepared-`);
      const program = demo(folder, ports);
      await program.start();
      await keysAreMade(ports);
      await program.stop();
      await use(folder);
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  folder: async ({ prepared }, use, info) => {
    const folder = info.outputPath('ltt');
    mkdirSync(folder, { recursive: true });
    cpSync(prepared, folder, { recursive: true });
    await use(folder);
    // What the programs said stays where a story failed.
    if (info.status === info.expectedStatus) rmSync(folder, { recursive: true });
  },

  model: async ({}, use) => {
    const model = await ScriptedModel.start();
    await use(model);
    await model.stop();
  },

  settings: async ({ tutor, model }, use) => {
    const scripted: Settings = {
      LTT_TUTOR_PROVIDER: 'openai',
      LTT_TUTOR_BASE_URL: model.address,
      LTT_TUTOR_MODEL: 'scripted',
      LTT_TUTOR_API_KEY: 'none',
    };
    await use(tutor === 'scripted' ? scripted : {});
  },

  ltt: async ({ folder, ports, settings }, use) => {
    const program = demo(folder, ports, settings);
    await program.start();
    await use(program);
    await program.stop();
  },

  lms: async ({ ltt: _, page, ports }, use) => use(new DemoLms(page, lmsAddress(ports))),
});

/** Another device of somebody: nothing in it is known from the first one. */
export async function otherDevice(context: BrowserContext): Promise<BrowserContext> {
  const browser = context.browser();
  if (!browser) throw new Error('the story runs in a browser of its own');
  return browser.newContext();
}

export { expect } from '@playwright/test';
