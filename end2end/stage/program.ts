import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

/** How a program is started. */
export interface Start {
  command: string;
  args: string[];
  folder: string;
  environment?: Record<string, string>;
  /** Where what it says is kept. */
  log: string;
  /** An address that answers once it is ready. */
  ready: string;
}

/** How long a program may take until it answers. */
const PATIENCE = 60_000;

/** A program that runs beside the browser, and can be stopped and started again. */
export class Program {
  private process?: ChildProcess;
  private readonly log: WriteStream;

  constructor(private readonly how: Start) {
    this.log = createWriteStream(how.log, { flags: 'a' });
  }

  /** The system's number for it while it runs. */
  get pid(): number {
    const pid = this.process?.pid;
    if (!pid) throw new Error(`${this.how.command} does not run`);
    return pid;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const { command, args, folder, environment, ready } = this.how;
    const process_ = spawn(command, args, { cwd: folder, env: { ...inherited(), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = process_;
    process_.stdout?.pipe(this.log, { end: false });
    process_.stderr?.pipe(this.log, { end: false });
    let failure: Error | undefined;
    process_.once('error', (error) => (failure = error));
    for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) {
      if (failure) throw failure;
      if (process_.exitCode !== null) throw new Error(`${command} ${args.join(' ')} ended with ${process_.exitCode}; see ${this.how.log}`);
      if (await answers(ready)) return;
    }
    throw new Error(`${command} ${args.join(' ')} does not answer at ${ready}; see ${this.how.log}`);
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const process_ = this.process;
    this.process = undefined;
    if (!process_ || process_.exitCode !== null || process_.signalCode !== null) return;
    const ended = once(process_, 'exit');
    process_.kill(signal);
    const forced = setTimeout(() => process_.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(forced);
  }
}

/** Runs a command to its end and gives what it printed. */
export async function run(command: string, args: string[], folder: string, environment: Record<string, string> = {}): Promise<string> {
  const process_ = spawn(command, args, { cwd: folder, env: { ...inherited(), ...environment } });
  let output = '';
  let errors = '';
  process_.stdout.on('data', (chunk) => (output += chunk));
  process_.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = await once(process_, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors || output}`);
  return output;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits. Only for the world outside the browser; on a page, expect something instead. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The environment without settings of LTT that a developer may have, and without proxies, for everything is on this machine. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^LTT_|_proxy$/i.test(name)));
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address, { redirect: 'manual' })).status < 500;
  } catch {
    return false;
  }
}
