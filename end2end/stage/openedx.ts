import { existsSync, mkdirSync, readFileSync, copyFileSync } from 'node:fs';
import { Program, run } from './program';
import { ROOT, lmsAddress, lttAddress, type Ports, type Registration } from './ltt';

const HOME = `${ROOT}target/openedx`;
const SOURCE = `${ROOT}end2end/openedx`;
const PYTHON = `${HOME}/venv/bin/python`;

/** Installs Open edX' LTI code from PyPI, unless it is there already at the same pins. */
async function install(): Promise<void> {
  const wanted = `${SOURCE}/requirements.txt`;
  const installed = `${HOME}/installed.txt`;
  if (existsSync(installed) && readFileSync(installed).equals(readFileSync(wanted))) return;
  mkdirSync(HOME, { recursive: true });
  await run(process.env.PYTHON ?? 'python3', ['-m', 'venv', '--clear', `${HOME}/venv`], ROOT);
  await run(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', wanted], ROOT);
  copyFileSync(wanted, installed);
}

/** What Open edX holds of grades. */
export interface Grades {
  /** The rows of the package's own table, LtiAgsScore. */
  scores: Array<{ user: string; block: string; given: number; maximum: number }>;
  /** What was published to the gradebook. */
  gradebook: Array<{ user: string; block: string; grade: number; maximum: number }>;
}

/** A block as its author fills it in: its custom parameters, and the fields that are not as new blocks have them. */
export interface Block {
  parameters: string;
  fields?: Partial<{
    launch_target: 'iframe' | 'modal' | 'new_window';
    ask_to_send_full_name: boolean;
    ask_to_send_email: boolean;
    lti_advantage_deep_linking_enabled: boolean;
  }>;
}

/** Open edX' LTI consumer as a live platform, with blocks that each have a passport of their own. */
export class OpenEdx {
  readonly program: Program;

  private constructor(folder: string, private readonly ports: Ports, blocks: Record<string, Block>) {
    const placed = Object.entries(blocks).flatMap(([name, { parameters, fields }]) => [
      ...['--block', `${name}=${parameters}`],
      ...Object.entries(fields ?? {}).flatMap(([field, value]) => ['--field', `${name}.${field}=${JSON.stringify(value)}`]),
    ]);
    const address = ['--port', String(ports.lms), '--tool', lttAddress(ports), '--data', `${folder}/openedx`];
    this.program = new Program({
      command: PYTHON,
      args: [`${SOURCE}/serve.py`, ...address, ...placed],
      folder,
      log: `${folder}/openedx.log`,
      ready: `${lmsAddress(ports)}/registration.json`,
    });
  }

  static async start(folder: string, ports: Ports, blocks: Record<string, Block>): Promise<OpenEdx> {
    await install();
    const platform = new OpenEdx(folder, ports, blocks);
    await platform.program.start();
    return platform;
  }

  /** The page of a unit with one block, for a user in a role. */
  unit(block: string, user: string, role: 'student' | 'staff' | 'instructor' = 'student'): string {
    return `${lmsAddress(this.ports)}/unit?${new URLSearchParams({ block, user, role })}`;
  }

  /** The same unit inside the learning front end, two frames deep. */
  learning(block: string, user: string): string {
    return `${lmsAddress(this.ports)}/learning?${new URLSearchParams({ block, user, role: 'student' })}`;
  }

  /** Studio's preview of a block, for an author of the course. */
  studio(block: string, user = 'dave'): string {
    return `${lmsAddress(this.ports)}/studio?${new URLSearchParams({ block, user, role: 'instructor' })}`;
  }

  registrations(): Promise<Record<string, Registration>> {
    return this.read('registration.json');
  }

  grades(): Promise<Grades> {
    return this.read('state.json');
  }

  private async read<T>(path: string): Promise<T> {
    const response = await fetch(`${lmsAddress(this.ports)}/${path}`);
    return (await response.json()) as T;
  }
}
