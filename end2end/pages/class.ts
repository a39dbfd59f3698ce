import { expect, type FrameLocator, type Locator, type Page } from '@playwright/test';

/** The class, in the frame of a platform or in a plain browser, by the names that `docs/teaching.md` promises. */
export class ClassPages {
  readonly picture: Locator;
  readonly table: Locator;
  readonly heading: Locator;
  readonly notice: Locator;

  constructor(readonly frame: FrameLocator | Page) {
    this.picture = frame.getByRole('region', { name: 'Who is where', exact: true });
    this.table = frame.getByRole('table', { name: 'Class' });
    this.heading = frame.getByRole('heading', { name: 'Class', exact: true });
    this.notice = frame.locator('.admin-notice');
  }

  /** A learner's line. */
  row(name: string): Locator {
    return this.table.getByRole('row', { name });
  }

  /** Opens a learner's page. */
  async openLearner(name: string): Promise<void> {
    await this.table.getByRole('link', { name }).click();
    await expect(this.frame.getByRole('heading', { name, exact: true })).toBeVisible();
  }

  /** A part of a learner's page. */
  part(name: 'Attempts' | 'Conversation' | 'Grade'): Locator {
    return this.frame.getByRole('region', { name, exact: name !== 'Attempts' }).filter({ has: this.frame.getByRole('heading', { name }) });
  }

  /** What was handed in for a task, the newest first. */
  attempts(task: string): Locator {
    return this.frame.getByRole('listitem').filter({ hasText: task }).filter({ hasText: /Attempt \d/ });
  }

  /** Decides in place of the check. */
  async decide(attempt: Locator, verdict: 'Accepted' | 'Not yet', reason: string, points?: string): Promise<void> {
    await attempt.getByText(/^Decide/).first().click();
    await attempt.getByLabel('Verdict').selectOption({ label: verdict === 'Accepted' ? verdict : 'Not yet: the task opens again' });
    if (points !== undefined) await attempt.getByLabel(/^Points/).fill(points);
    await attempt.getByLabel('Reason').fill(reason);
    await attempt.getByRole('button', { name: 'Save the decision' }).click();
    await expect(this.notice).toContainText('saved');
  }
}
