import { type Ports } from '../stage/ltt';
import { launch } from './launch';
import { quantile, type Row } from './table';

const AT_ONCE = 8;
const AT_MOST = 500;
const SECONDS = 10;
const LEARNERS = ['mira', 'jonas', 'amina', 'theo'];

/** How many launches a second the server takes, from login to page; the demo LMS's own work is in it. */
export async function launches(ports: Ports): Promise<Row[]> {
  await launch(ports, 'mira');
  const times: number[] = [];
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
  return [
    [`launches per second, ${AT_ONCE} at once`, (times.length / seconds).toFixed(1)],
    ['one launch, median', `${quantile(times, 0.5).toFixed(0)} ms`],
    ['one launch, 95 of 100', `${quantile(times, 0.95).toFixed(0)} ms`],
  ];
}
