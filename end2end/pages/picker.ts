import { type FrameLocator, type Locator, type Page } from '@playwright/test';

/** The page on which an author chooses what to place, or what a link opens. */
export class Picker {
  readonly search: Locator;
  readonly place: Locator;
  readonly open: Locator;
  readonly cancel: Locator;
  readonly count: Locator;

  constructor(readonly frame: FrameLocator | Page) {
    this.search = frame.getByRole('searchbox', { name: 'Search tasks' });
    this.place = frame.getByRole('button', { name: 'Place in course' });
    this.open = frame.getByRole('button', { name: 'Open this here' });
    this.cancel = frame.getByRole('button', { name: 'Cancel' });
    this.count = frame.getByRole('status');
  }

  /** A project or a task, where several may be chosen. */
  entry(title: string): Locator {
    return this.frame.getByRole('checkbox', { name: title, exact: true });
  }

  /** A project or a task, where only one may be. */
  only(title: string): Locator {
    return this.frame.getByRole('radio', { name: title, exact: true });
  }
}
