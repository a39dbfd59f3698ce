import { readFileSync } from 'node:fs';
import { type Program } from '../stage/program';
import { type Ports } from '../stage/ltt';
import { launch } from './launch';
import { quantile, type Row } from './table';

const AT_ONCE = 8;
const AT_MOST = 500;
const SECONDS = 10;
const LEARNERS = ['mira', 'jonas', 'amina', 'theo'];

/** Linux counts a process's time in hundredths of a second. */
const TICK = 10;

/**
 * How many whole launches a second the server takes: login, authorization, token, code, page. The platform and this program run on the
 * same machine and take their share of it; the server's own time is what the kernel counts for its process.
 */
export async function launches(ports: Ports, server: Program): Promise<Row[]> {
  await launch(ports, 'mira');
  const times: number[] = [];
  const before = processorTime(server);
  const begun = performance.now();
  const someone = async (learner: string) => {
    while (times.length < AT_MOST && performance.now() - begun < SECONDS * 1000) {
      const clicked = performance.now();
      await launch(ports, learner);
      times.push(performance.now() - clicked);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => someone(LEARNERS[i % LEARNERS.length]!)));
  const seconds = (performance.now() - begun) / 1000;
  const spent = processorTime(server) - before;
  return [
    [`launches per second, ${AT_ONCE} at once`, (times.length / seconds).toFixed(1)],
    ['one launch, median', `${quantile(times, 0.5).toFixed(0)} ms`],
    ['one launch, 95 of 100', `${quantile(times, 0.95).toFixed(0)} ms`],
    ['processor time of the server for one', `${(spent / times.length).toFixed(1)} ms`],
  ];
}

/** Milliseconds that a process has spent in itself and in the kernel: fields 14 and 15 of `/proc/PID/stat`. */
function processorTime(server: Program): number {
  const stat = readFileSync(`/proc/${server.pid}/stat`, 'utf8');
  // The name may hold spaces; after its bracket comes field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}
