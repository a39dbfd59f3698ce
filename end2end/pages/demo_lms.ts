import { expect, type Locator, type Page } from '@playwright/test';
import { Activity } from './activity';
import { Picker } from './picker';

/** What is placed in the demo LMS: the whole project in one unit, two single tasks of it in another. */
export const WHOLE_PROJECT = 'The whole project';
export const READING_A_ROW = 'Reading a row';
export const READING_A_VALUE = 'Reading a value';
/** The unit of what the instructor placed. */
export const PLACED = 'Placed tasks';

/** The demo LMS, as `ltt demo` starts it. */
export class DemoLms {
  readonly gradebook: Locator;

  constructor(readonly page: Page, readonly address: string) {
    this.gradebook = page.getByRole('table', { name: 'Gradebook' });
  }

  /** The same LMS in another window. */
  in(page: Page): DemoLms {
    return new DemoLms(page, this.address);
  }

  /** Opens the course as one of the class, at the whole project. */
  async openAsLearner(name = 'Mira Santos'): Promise<Activity> {
    await this.page.goto(this.address);
    await this.page.getByRole('link', { name, exact: true }).click();
    await this.page.getByRole('link', { name: 'Open as learner' }).click();
    return this.activity(WHOLE_PROJECT);
  }

  async openAsInstructor(): Promise<Activity> {
    await this.page.goto(this.address);
    await this.page.getByRole('link', { name: 'Open as instructor' }).click();
    return this.activity(WHOLE_PROJECT);
  }

  /** Sends the instructor to LTT, to choose what to place. */
  async placeATask(): Promise<Picker> {
    await this.page.goto(this.address);
    await this.page.getByRole('link', { name: 'Place a task' }).click();
    return new Picker(this.page);
  }

  /** Turns to another unit of the course. */
  async openUnit(title: string): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Units' }).getByRole('link', { name: title }).click();
    await expect(this.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }

  /** LTT in the frame of that title. */
  activity(title: string): Activity {
    return new Activity(this.page.frameLocator(`iframe[title="${title}"]`));
  }

  /** A learner's grade in an activity; `column` counts what was placed, from zero. */
  grade(learner: string, activity: string | { column: number } = WHOLE_PROJECT): Locator {
    const row = this.gradebook.getByRole('row', { name: learner });
    const column = typeof activity === 'string' ? COLUMNS.indexOf(activity) : COLUMNS.length + activity.column;
    return row.locator(`td:nth-child(${column + 2})`);
  }
}

const COLUMNS = [WHOLE_PROJECT, READING_A_ROW, READING_A_VALUE];
