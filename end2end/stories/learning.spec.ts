import { test, expect, otherDevice } from '../stage/test';
import { BUCKETS, CONVERSATION, FIRST, MEDIAN, SECOND, THIRD, WAKE_UP } from '../stage/sample_project';
import { A_REPLY } from '../pages/activity';
import { tabTo } from '../pages/keyboard';
import { READING_A_ROW, READING_A_VALUE, WHOLE_PROJECT } from '../pages/demo_lms';

test('A learner talks with the tutor, fails, succeeds, and finds the grade in the course', async ({ lms }) => {
  const activity = await lms.openAsLearner('Mira Santos');
  await expect(activity.conversation).toContainText('I am a program, not a person');
  await expect(activity.progress).toHaveAttribute('value', '0');

  await activity.say('What is this task asking me to do?');
  await expect(activity.conversation).toContainText(A_REPLY);
  await expect(activity.stop).toBeHidden();

  await activity.openTask(SECOND.title);
  await expect(activity.frame.getByText('This task opens when you have done')).toBeVisible();

  await activity.openTask(FIRST.title);
  await activity.handIn(FIRST.wrong);
  await expect(activity.verdict).toContainText('Not yet');
  await activity.handIn(FIRST.right);
  await expect(activity.verdict).toContainText('Accepted');
  await expect(activity.frame.getByText('Now open:')).toContainText(SECOND.title);
  await expect(activity.progress).toHaveAttribute('value', '1');

  await activity.openTask(SECOND.title);
  await expect(activity.submit).toBeVisible();
  await expect(activity.grade).toContainText(/sent|gradebook/i);
  await expect(lms.grade('Mira Santos')).toContainText('%');
  await expect(lms.grade('Jonas Becker')).toContainText('no grade yet');
});

test('The whole story can be done by keyboard alone', async ({ lms, page }) => {
  await page.goto(lms.address);
  await tabTo(page, page.getByRole('link', { name: 'Open as learner' }));
  await page.keyboard.press('Enter');
  const activity = lms.activity(WHOLE_PROJECT);
  await expect(activity.message).toBeVisible();

  await tabTo(page, activity.message);
  await page.keyboard.type('How do I get started?');
  await page.keyboard.press('Enter');
  await expect(activity.conversation).toContainText(A_REPLY);
  await expect(activity.stop).toBeHidden();

  await tabTo(page, activity.navigation.getByRole('link', { name: 'Tasks' }), 'backwards');
  await page.keyboard.press('Enter');
  await tabTo(page, activity.row(FIRST.title));
  await page.keyboard.press('Enter');
  await expect(activity.heading(FIRST.title)).toBeFocused();
  await tabTo(page, activity.options.getByRole('radio').first());
  await page.keyboard.press('ArrowDown');
  await expect(activity.options.getByRole('radio', { name: 'One day' })).toBeChecked();
  await tabTo(page, activity.submit);
  await page.keyboard.press('Enter');
  await expect(activity.verdict).toContainText('Accepted');

  await tabTo(page, activity.frame.getByRole('link', { name: `Next: ${SECOND.title}` }));
  await page.keyboard.press('Enter');
  await expect(activity.heading(SECOND.title)).toBeFocused();
  await tabTo(page, activity.answer);
  await page.keyboard.type('90');
  await page.keyboard.press('Enter');
  await expect(activity.verdict).toContainText('Accepted');
  await expect(lms.grade('Mira Santos')).toContainText('%');
});

test('What was solved in one unit is solved in the other', async ({ lms }) => {
  const whole = await lms.openAsLearner();
  await whole.solve(FIRST);
  await lms.openUnit('Practice');
  const single = lms.activity(READING_A_ROW);
  await expect(single.heading(FIRST.title)).toBeVisible();
  await expect(single.verdict).toContainText('Accepted');
  await expect(single.progress).toHaveAttribute('max', '1');
  await expect(lms.grade('Mira Santos', READING_A_ROW)).toContainText('100 %');
});

test('Two activities in one unit each keep their own', async ({ lms, page }) => {
  await lms.openAsLearner();
  await lms.openUnit('Practice');
  const [first, second] = [lms.activity(READING_A_ROW), lms.activity(READING_A_VALUE)];
  await expect(first.heading(FIRST.title)).toBeVisible();
  await expect(second.heading(SECOND.title)).toBeVisible();
  await first.open('Submissions');
  await second.open('Tasks');
  for (const title of [READING_A_ROW, READING_A_VALUE]) {
    await page.frameLocator(`iframe[title="${title}"]`).locator('html').evaluate(() => location.reload());
  }
  await expect(first.heading('Submissions')).toBeVisible();
  await expect(second.heading('Tasks')).toBeVisible();
  await expect(second.frame.getByRole('link', { name: SECOND.title })).toBeVisible();
  await expect(first.frame.getByText(SECOND.title)).toHaveCount(0);
  await first.openTask(FIRST.title);
  await first.handIn(FIRST.right);
  await expect(first.verdict).toContainText('Accepted');
});

test('Whoever is faster than the page loses nothing, and is not told off', async ({ lms, page }) => {
  // As on a busy machine: frames are drawn late, and what comes of saving a draft comes after the verdict.
  await page.addInitScript(() => {
    window.requestAnimationFrame = (then) => window.setTimeout(() => then(performance.now()), 120);
  });
  let judged = () => {};
  const verdict = new Promise<void>((resolve) => (judged = resolve));
  const activity = await lms.openAsLearner();
  await page.route('**/fn/save-draft', async (route) => {
    await verdict;
    await route.continue();
  });
  await activity.openTask(FIRST.title);
  const saving = page.waitForRequest('**/fn/save-draft');
  const late = page.waitForResponse('**/fn/save-draft');
  await activity.fill(FIRST.right);
  await saving;
  await activity.submit.click();
  await expect(activity.verdict).toContainText('Accepted');
  judged();
  await late;

  await activity.openTask(SECOND.title);
  await activity.answer.focus();
  await page.keyboard.type('90', { delay: 150 });
  await expect(activity.answer).toHaveValue('90');
  await activity.openTask(FIRST.title);
  await expect(activity.verdict).toContainText('Accepted');
  await expect(activity.frame.getByText('This task is done.')).toHaveCount(0);
});

test('An unfinished answer is there on another device', async ({ lms, context }) => {
  const activity = await lms.openAsLearner();
  await activity.solve(FIRST);
  await activity.openTask(BUCKETS.title);
  await activity.answer.pressSequentially('Not sure yet, but');
  await expect(activity.draft).toHaveText('Saved');

  const device = await otherDevice(context);
  const there = await lms.in(await device.newPage()).openAsLearner();
  await there.openTask(BUCKETS.title);
  await expect(there.answer).toHaveValue('Not sure yet, but');
  await device.close();
});

test('What an instructor tries out is a preview and never graded', async ({ lms }) => {
  const activity = await lms.openAsInstructor();
  await expect(activity.frame.getByText('Nothing you do here is graded')).toBeVisible();
  await activity.solve(FIRST);
  await expect(activity.grade).not.toContainText(/sent|on its way/i);
  await lms.openAsLearner('Jonas Becker').then((learner) => learner.solve(FIRST));
  await expect(lms.grade('Jonas Becker')).toContainText('%');
  await expect(lms.gradebook.getByText('%')).toHaveCount(1);
});

test('A conversational task is done when the learner says so, after enough of an exchange', async ({ lms }) => {
  test.slow();
  const activity = await lms.openAsLearner();
  for (const task of THIRD) await activity.solve(task);
  await activity.solve(MEDIAN);
  await activity.solve(WAKE_UP);
  await activity.openTask(CONVERSATION);
  await expect(activity.done).toHaveAttribute('aria-disabled', 'true');
  for (const thought of ['The mean is fair shares.', 'C pulls it up.', 'The median asks for the one in the middle.']) {
    await activity.say(thought);
    await expect(activity.stop).toBeHidden();
  }
  await activity.done.click();
  await expect(activity.progress).toHaveAttribute('value', '9');
});
