// Measures LTT from outside: `cargo xtask bench`. Bounded in count and in time, on one machine, over loopback.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { demo } from '../stage/ltt';
import { ScriptedModel } from '../stage/model';
import { freePort } from '../stage/program';
import { firstPage } from './first_page';
import { firstToken } from './first_token';
import { launches } from './launches';
import { print } from './table';

const folder = mkdtempSync(`${tmpdir()}/ltt-bench-`);
const ports = { ltt: await freePort(), lms: await freePort() };
const model = await ScriptedModel.start();
const ltt = demo(folder, ports, {
  LTT_TUTOR_PROVIDER: 'openai',
  LTT_TUTOR_BASE_URL: model.address,
  LTT_TUTOR_MODEL: 'scripted',
  LTT_TUTOR_API_KEY: 'none',
});
try {
  await ltt.start();
  print('The first page, in brotli', await firstPage(ports));
  print('The first token', await firstToken(ports, model));
  print('Launches', await launches(ports));
} finally {
  await ltt.stop();
  await model.stop();
  rmSync(folder, { recursive: true });
}
