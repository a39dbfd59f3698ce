import { fileURLToPath } from 'node:url';
import { Program, pause, run } from './program';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const BINARY = process.env.LTT_BIN ?? `${ROOT}target/debug/ltt`;

/** Where the two sides of a story are. LTT and the platform are two sites to a browser. */
export interface Ports {
  ltt: number;
  lms: number;
}

export const lttAddress = (ports: Ports) => `http://localhost:${ports.ltt}`;
export const lmsAddress = (ports: Ports) => `http://127.0.0.1:${ports.lms}`;

/** Settings of LTT for a story. */
export type Settings = Record<`LTT_${string}`, string>;

function settings(ports: Ports, own: Settings): Settings {
  return {
    LTT_LISTEN: `127.0.0.1:${ports.ltt}`,
    LTT_PUBLIC_URL: lttAddress(ports),
    LTT_GRADE_RETRY_FLOOR: '200ms',
    ...own,
  };
}

/** `ltt demo`: LTT and the demo LMS in one program, as the README's reader starts it. */
export function demo(folder: string, ports: Ports, own: Settings = {}): Program {
  return new Program({
    command: BINARY,
    args: ['demo', '--lms-listen', `127.0.0.1:${ports.lms}`],
    folder,
    environment: settings(ports, own),
    log: `${folder}/demo.log`,
    ready: `${lmsAddress(ports)}/`,
  });
}

/** `ltt serve`, allowed to call platforms on this machine. */
export function serve(folder: string, ports: Ports, own: Settings = {}): Program {
  return new Program({
    command: BINARY,
    args: ['serve'],
    folder,
    environment: settings(ports, { LTT_OUTBOUND_ALLOW: 'loopback', ...own }),
    log: `${folder}/serve.log`,
    ready: `${lttAddress(ports)}/health/ready`,
  });
}

/**
 * Waits until LTT has made all its keys, the next one too: where a story begins with a copy of its folder, none of them is made
 * again beside the browser.
 */
export async function keysAreMade(ports: Ports): Promise<void> {
  const count = async () => ((await (await fetch(`${lttAddress(ports)}/lti/jwks`)).json()) as { keys: unknown[] }).keys.length;
  while ((await count()) < 2) await pause(100);
}

/** One of LTT's other commands, on the database in `folder`. */
export function command(folder: string, ports: Ports, ...args: string[]): Promise<string> {
  return commandWith({}, folder, ports, ...args);
}

/** The same, under further settings. */
export function commandWith(own: Settings, folder: string, ports: Ports, ...args: string[]): Promise<string> {
  return run(BINARY, args, folder, settings(ports, { LTT_OUTBOUND_ALLOW: 'loopback', ...own }));
}

/** What a platform tells about itself when a tool is placed on it. */
export interface Registration {
  issuer: string;
  client_id: string;
  deployment_id: string;
  auth_url: string;
  token_url: string;
  jwks_url: string;
  /** Which platform it is, where LTT knows it. */
  family?: string;
}

/** `ltt platform add`. */
export function addPlatform(folder: string, ports: Ports, name: string, registration: Registration, own: Settings = {}): Promise<string> {
  const { issuer, client_id, deployment_id, auth_url, token_url, jwks_url, family } = registration;
  const addresses = ['--auth-url', auth_url, '--token-url', token_url, '--jwks-url', jwks_url];
  const ids = ['--issuer', issuer, '--client-id', client_id, '--deployment', deployment_id];
  return commandWith(own, folder, ports, 'platform', 'add', '--name', name, ...ids, ...addresses, ...(family ? ['--family', family] : []));
}
