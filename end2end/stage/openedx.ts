import { existsSync, mkdirSync, readFileSync, copyFileSync } from 'node:fs';
import { Program, run } from './program';
import { TOTAL_POINTS } from './sample_project';
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
  /** The columns: the package's line items. */
  columns: Array<{ block: string; label: string; maximum: number }>;
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
    lti_advantage_ags_mode: 'declarative' | 'programmatic' | 'disabled';
    lti_1p3_enable_nrps: boolean;
    weight: number;
    due: string;
    accept_grades_past_due: boolean;
  }>;
}

/** Who is in the course beside the few whom stories name, and whether its roster tells names. */
export interface Class {
  pupils: number;
  sharesNames: boolean;
}

/** A course as it is unless a story says otherwise. */
export const SMALL: Class = { pupils: 0, sharesNames: false };

const NOT_PUBLISHED = 'nothing in the gradebook';
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** How so many points of the sample project stand in Open edX, where they are published. */
export function share(points: number): string {
  return `${percent(points / TOTAL_POINTS)} sent, ${percent(points / TOTAL_POINTS)} in the gradebook`;
}

/** The same where Open edX takes them and publishes nothing. */
export function unpublished(points: number): string {
  return `${percent(points / TOTAL_POINTS)} sent, ${NOT_PUBLISHED}`;
}

/** Open edX' LTI consumer as a live platform, with blocks that each have a passport of their own. */
export class OpenEdx {
  readonly program: Program;

  private constructor(folder: string, private readonly ports: Ports, blocks: Record<string, Block>, enrolled: Class) {
    const placed = Object.entries(blocks).flatMap(([name, { parameters, fields }]) => [
      ...['--block', `${name}=${parameters}`],
      ...Object.entries(fields ?? {}).flatMap(([field, value]) => ['--field', `${name}.${field}=${JSON.stringify(value)}`]),
    ]);
    const people = ['--pupils', String(enrolled.pupils), ...(enrolled.sharesNames ? ['--share-names'] : [])];
    const address = ['--port', String(ports.lms), '--tool', lttAddress(ports), '--data', `${folder}/openedx`];
    this.program = new Program({
      command: PYTHON,
      args: [`${SOURCE}/serve.py`, ...address, ...people, ...placed],
      folder,
      log: `${folder}/openedx.log`,
      ready: `${lmsAddress(ports)}/registration.json`,
    });
  }

  static async start(folder: string, ports: Ports, blocks: Record<string, Block>, enrolled = SMALL): Promise<OpenEdx> {
    await install();
    const platform = new OpenEdx(folder, ports, blocks, enrolled);
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

  /** Changes fields of a block, as its author may while the course runs. */
  async edit(block: string, fields: Block['fields']): Promise<void> {
    const address = `${lmsAddress(this.ports)}/edit?${new URLSearchParams({ block })}`;
    const response = await fetch(address, { method: 'POST', body: JSON.stringify(fields) });
    if (!response.ok) throw new Error(`Open edX refuses the change with ${response.status}`);
  }

  async registrations(): Promise<Record<string, Registration>> {
    const registrations = await this.read<Record<string, Registration>>('registration.json');
    return Object.fromEntries(Object.entries(registrations).map(([block, one]) => [block, { ...one, family: 'open-edx' }]));
  }

  grades(): Promise<Grades> {
    return this.read('state.json');
  }

  /** What stands of a learner's grade in a block: in the package's own table, and in the gradebook. */
  async standing(user: string, block: string): Promise<string> {
    const { scores, gradebook } = await this.grades();
    const score = scores.find((row) => row.user === user && row.block === block);
    const grade = gradebook.find((row) => row.user === user && row.block === block);
    if (!score) return 'nothing';
    const sent = `${percent(score.given / score.maximum)} sent`;
    return `${sent}, ${grade ? `${percent(grade.grade / grade.maximum)} in the gradebook` : NOT_PUBLISHED}`;
  }

  private async read<T>(path: string): Promise<T> {
    const response = await fetch(`${lmsAddress(this.ports)}/${path}`);
    return (await response.json()) as T;
  }
}
