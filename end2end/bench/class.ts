import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { addPlatform, commandWith, lmsAddress, lttAddress, serve, type Ports, type Settings } from '../stage/ltt';
import { freePort, pause } from '../stage/program';
import { Campus, TEACHER } from './campus';
import { launchFrom } from './launch';
import { quantile, type Row } from './table';

const LEARNERS = 1000;
const TASKS = 50;
const MEMBERS = 5000;
const VIEWS = 20;
const AT_ONCE = 8;
/** A roster that takes longer than this will not end. */
const PATIENCE = 120_000;

/** The class of a large course as a teacher sees it, and its roster. Learners come and hand in as they would: by launches and submissions. */
export async function largeCourse(folder: string, database: string): Promise<Row[]> {
  mkdirSync(folder);
  const ports: Ports = { ltt: await freePort(), lms: await freePort() };
  const own: Settings = { LTT_DATABASE_URL: database, LTT_ROSTER_INTERVAL: 'off' };
  const project = `${folder}/large.yaml`;
  writeFileSync(project, largeProject());
  await commandWith(own, folder, ports, 'project', 'import', project);
  const campus = await Campus.start(ports);
  campus.project = 'large';
  campus.learners = numbered(MEMBERS).map((number) => `learner${number}`);
  const server = serve(folder, ports, own);
  try {
    await addPlatform(folder, ports, 'A campus', campus.registration, own);
    await server.start();
    const enter = async (user: string) => (await launchFrom(campus.activity(), { cookie: `user=${user}` })).token;
    const submissions = await work(ports, campus.learners.slice(0, LEARNERS), enter);
    const teacher = await enter(TEACHER);
    const view = await looked(ports, teacher);
    const roster = await readRoster(ports, teacher, server.pid);
    const whole = await looked(ports, teacher);
    return [
      [`submissions per second, ${AT_ONCE} learners at once`, submissions.toFixed(0)],
      [`class of ${LEARNERS} learners and ${TASKS} tasks, median`, `${view.median.toFixed(0)} ms`],
      ['the same, 95 of 100', `${view.slow.toFixed(0)} ms`],
      ['its page', `${(view.bytes / 1000).toFixed(0)} kB`],
      [`roster of ${MEMBERS} members`, `${(roster.milliseconds / 1000).toFixed(1)} s`],
      ['memory of the server meanwhile, at most more', `${(roster.bytes / 1e6).toFixed(1)} MB`],
      [`class with ${MEMBERS - LEARNERS} who have not come, median`, `${whole.median.toFixed(0)} ms`],
    ];
  } finally {
    await server.stop();
    await campus.stop();
  }
}

/** Every learner launches and hands in half of the tasks: most of them right, one in seven not. Says how many a second. */
async function work(ports: Ports, learners: string[], enter: (user: string) => Promise<string>): Promise<number> {
  const waiting = learners.entries();
  let [count, milliseconds] = [0, 0];
  const someone = async () => {
    for (const [number, learner] of waiting) {
      const token = await enter(learner);
      const begun = performance.now();
      for (let task = number % 2; task < TASKS; task += 2) {
        const answer = (number + task) % 7 === 0 ? 'no' : 'yes';
        await posted(`${lttAddress(ports)}/api/submissions`, token, { task: `task-${task}`, answer });
        count += 1;
      }
      milliseconds += performance.now() - begun;
    }
  };
  await Promise.all(numbered(AT_ONCE).map(someone));
  return count / (milliseconds / AT_ONCE / 1000);
}

/** How long the class takes to come, and how large it is. */
async function looked(ports: Ports, teacher: string): Promise<{ median: number; slow: number; bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  for (let i = 0; i < VIEWS; i += 1) {
    const begun = performance.now();
    bytes = Buffer.byteLength(await classPage(ports, teacher, '/activity/class', null));
    times.push(performance.now() - begun);
  }
  return { median: quantile(times, 0.5), slow: quantile(times, 0.95), bytes };
}

/** Reads the roster as the teacher's button does, and says how long it took and by how much the server's memory grew at most. */
async function readRoster(ports: Ports, teacher: string, pid: number): Promise<{ milliseconds: number; bytes: number }> {
  // From here on the kernel counts the highest use anew.
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = memory(pid, 'VmRSS');
  const begun = performance.now();
  await classPage(ports, teacher, '/activity/class/roster', '');
  while (!(await classPage(ports, teacher, '/activity/class', null)).includes(`${MEMBERS} people belong`)) {
    if (performance.now() - begun > PATIENCE) throw new Error(`the roster of ${lmsAddress(ports)} was not read`);
    await pause(50);
  }
  return { milliseconds: performance.now() - begun, bytes: memory(pid, 'VmHWM') - before };
}

function classPage(ports: Ports, token: string, address: string, form: string | null): Promise<string> {
  return posted(`${lttAddress(ports)}/fn/class-page`, token, { address, form });
}

async function posted(address: string, token: string, body: object): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}: ${text}`);
  return text;
}

/** Bytes of a process, by the name of a line of its status. */
function memory(pid: number, line: string): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** A project of equal tasks, each open from the start. */
function largeProject(): string {
  const task = (number: number) => `- {id: task-${number}, title: Task ${number}, answer: {kind: choice, correct: "yes", options: [{id: "yes", text: Yes}, {id: "no", text: No}]}}`;
  return `slug: large\nversion: 1\ntitle: A large project\nepics:\n${numbered(TASKS).map(task).join('\n')}\n`;
}
