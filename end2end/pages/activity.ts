import { expect, type FrameLocator, type Locator, type Page } from '@playwright/test';

/** An answer as a learner gives it: a text to type, one option to choose, or several to tick. */
export type Answer = { type: string } | { choose: string } | { tick: string[] };

/** What the conversation says once an answer has begun. */
export const A_REPLY = /The tutor answered:\s*\S.{9}/s;

/** LTT's pages, in the frame of a platform or in a window of their own, by the names that `docs/` promises. */
export class Activity {
  readonly navigation: Locator;
  readonly progress: Locator;
  readonly grade: Locator;
  readonly conversation: Locator;
  readonly message: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly answer: Locator;
  readonly options: Locator;
  readonly submit: Locator;
  readonly askTutor: Locator;
  readonly verdict: Locator;
  readonly draft: Locator;
  readonly done: Locator;

  constructor(readonly frame: FrameLocator | Page) {
    this.navigation = frame.getByRole('navigation', { name: 'Activity' });
    this.progress = frame.getByRole('progressbar', { name: 'Project progress' });
    this.grade = frame.getByRole('status', { name: 'Grade' });
    this.conversation = frame.getByRole('log', { name: 'Conversation' });
    this.message = frame.getByRole('textbox', { name: 'Message to the tutor' });
    this.send = frame.getByRole('button', { name: 'Send' });
    this.stop = frame.getByRole('button', { name: 'Stop' });
    this.answer = frame.getByRole('textbox', { name: 'Your answer' });
    this.options = frame.getByRole('group', { name: 'Your answer' }).or(frame.getByRole('radiogroup', { name: 'Your answer' }));
    this.submit = frame.getByRole('button', { name: 'Submit' });
    this.askTutor = frame.getByRole('button', { name: 'Ask the tutor' });
    this.verdict = frame.getByRole('status').filter({ hasText: /Accepted|Not yet/ });
    this.draft = frame.getByRole('status', { name: 'Draft' });
    this.done = frame.getByRole('button', { name: 'Mark as done' });
  }

  /** Opens one of the views: Tutor, Tasks, Submissions. */
  async open(view: 'Tutor' | 'Tasks' | 'Submissions'): Promise<void> {
    const link = this.navigation.getByRole('link', { name: view });
    await link.click();
    await expect(link).toHaveAttribute('aria-current', 'page');
  }

  /** The heading of a view or a task; where the launch is limited to one task, the page as a whole is named after it too. */
  heading(title: string): Locator {
    return this.frame.getByRole('heading', { name: title, exact: true, level: 2 });
  }

  /** The heading of a page that says one thing, such as what is wrong. */
  notice(title: string): Locator {
    return this.frame.getByRole('heading', { name: title, level: 1 });
  }

  /** A task's line in the tree. */
  row(title: string): Locator {
    return this.frame.getByRole('region', { name: 'Tasks' }).getByRole('link', { name: title });
  }

  /** Opens a task from the tree. */
  async openTask(title: string): Promise<void> {
    await this.open('Tasks');
    await this.row(title).click();
    await expect(this.heading(title)).toBeVisible();
  }

  /** Fills an answer in. */
  async fill(answer: Answer): Promise<void> {
    if ('type' in answer) return this.answer.fill(answer.type);
    const wanted = 'choose' in answer ? [answer.choose] : answer.tick;
    if ('choose' in answer) return this.options.getByRole('radio', { name: answer.choose }).check();
    for (const box of await this.options.getByRole('checkbox').all()) await box.setChecked(false);
    for (const name of wanted) await this.options.getByRole('checkbox', { name }).check();
  }

  /** Hands an answer in. */
  async handIn(answer: Answer): Promise<void> {
    await this.fill(answer);
    await this.submit.click();
  }

  /** Hands in the right answer to a task. */
  async solve(task: { title: string; right: Answer }): Promise<void> {
    await this.openTask(task.title);
    await this.handIn(task.right);
    await expect(this.verdict).toContainText('Accepted');
  }

  /** Opens a task again that is done. */
  async reopen(task: { title: string }, reason: string): Promise<void> {
    await this.openTask(task.title);
    await this.frame.getByRole('button', { name: 'Reopen' }).click();
    await this.frame.getByLabel('Why do you want to open it again?').fill(reason);
    await this.frame.getByRole('button', { name: 'Open again' }).click();
    await expect(this.submit).toBeVisible();
  }

  /** Says something to the tutor. */
  async say(text: string): Promise<void> {
    await this.message.fill(text);
    await this.send.click();
    await expect(this.conversation).toContainText(text);
  }

  /** How much of the work is done, from 0 to 1. */
  async completion(): Promise<number> {
    const [value, maximum] = await Promise.all(['value', 'max'].map((name) => this.progress.getAttribute(name)));
    return Number(value) / Number(maximum);
  }

  /** The session as it stands in the page. */
  async session(): Promise<{ token: string; launch: string; role: string }> {
    const text = await this.frame.locator('script#session').textContent();
    return JSON.parse(text ?? '');
  }
}
