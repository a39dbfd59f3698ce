import type { Answer } from '../pages/activity';
import { ROOT } from './ltt';

/** The sample project, as far as the stories work through it. */
export const PROJECT = 'reading-data';

/** Where it stands. */
export const SAMPLE = `${ROOT}projects/reading-data/project.yaml`;

/** All the points there are: one for each task but the conversation. */
export const TOTAL_POINTS = 18;

export interface Task {
  title: string;
  points: number;
  right: Answer;
  wrong: Answer;
}

const task = (title: string, right: Answer, wrong: Answer): Task => ({ title, points: 1, right, wrong });

/** Open from the start; everything else in its epic waits for it. */
export const FIRST = task('What is one row?', { choose: 'One day' }, { choose: 'One book' });

/** Opens when the first is done; a number. */
export const SECOND = task('Find one value', { type: '90' }, { type: '112' });

/** Opens when the first is done; words, one a line. */
export const BUCKETS = task('When to put out the buckets', { type: 'Monday\nWednesday' }, { type: 'Monday\nTuesday' });

/** What earns a third of all points, in an order in which it can be done. */
export const THIRD: Task[] = [
  FIRST,
  SECOND,
  BUCKETS,
  task('Compare days fairly', { type: '0.73' }, { type: '1.36' }),
  task('Is Saturday the best day?', { type: 'Wednesday' }, { type: 'Saturday' }),
  task('The mean', { type: '66' }, { type: '20' }),
];

export const MEDIAN = task('The median', { type: '20' }, { type: '25' });

export const WAKE_UP = task('If somebody had woken C', { choose: 'Only the mean' }, { choose: 'Both' });

/** Done by talking; needs three messages. */
export const CONVERSATION = 'Explain it to somebody';
