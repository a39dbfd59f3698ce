// Measures LTT from outside: `cargo xtask bench`. Bounded in count and in time, on one machine, over loopback.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { addPlatform, commandWith, demo, lmsAddress, serve, type Ports, type Settings } from '../stage/ltt';
import { ScriptedModel } from '../stage/model';
import { freePort } from '../stage/program';
import { SAMPLE } from '../stage/sample_project';
import { largeCourse } from './class';
import { firstPage } from './first_page';
import { firstToken } from './first_token';
import { launches } from './launches';
import { print } from './table';

const folder = mkdtempSync(`${tmpdir()}/ltt-bench-`);

/** The page and the tutor, on what the README's reader starts. */
async function demonstration(): Promise<void> {
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
  } finally {
    await ltt.stop();
    await model.stop();
  }
}

/** Launches of a server by itself; the platform is the demo LMS of another process, so that its work is not counted. */
async function alone(database: string, url: string): Promise<void> {
  const home = `${folder}/${database}`;
  mkdirSync(`${home}/lms`, { recursive: true });
  const ports: Ports = { ltt: await freePort(), lms: await freePort() };
  const own: Settings = { LTT_DATABASE_URL: url };
  await commandWith(own, home, ports, 'project', 'import', SAMPLE);
  const server = serve(home, ports, own);
  const platform = demo(`${home}/lms`, ports, { LTT_LISTEN: `127.0.0.1:${await freePort()}` });
  try {
    await server.start();
    await platform.start();
    await addPlatform(home, ports, 'Demo LMS', registration(ports), own);
    print(`Launches, ${database}`, await launches(ports, server));
  } finally {
    await server.stop();
    await platform.stop();
  }
}

/** What the demo LMS tells an administrator. */
function registration(ports: Ports) {
  const at = (path: string) => `${lmsAddress(ports)}${path}`;
  return {
    issuer: lmsAddress(ports),
    client_id: 'ltt-demo-client',
    deployment_id: 'demo-deployment-1',
    auth_url: at('/lti/authorize'),
    token_url: at('/lti/token'),
    jwks_url: at('/lti/jwks'),
  };
}

/** A server of its own for a large course. */
async function course(name: string, url: string): Promise<void> {
  print(`A large course, ${name}`, await largeCourse(`${folder}/course-${name}`, url));
}

try {
  await demonstration();
  await alone('SQLite', 'sqlite:ltt.db');
  await course('SQLite', 'sqlite:ltt.db');
  const postgres = process.env.LTT_BENCH_POSTGRES_URL;
  if (postgres) {
    await alone('PostgreSQL', postgres);
    await course('PostgreSQL', postgres);
  }
} finally {
  rmSync(folder, { recursive: true });
}
