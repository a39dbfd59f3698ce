import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { test, expect, otherDevice } from '../stage/test';
import { FIRST, SECOND } from '../stage/sample_project';
import { A_REPLY } from '../pages/activity';
import { ClassPages } from '../pages/class';

/** What axe finds against WCAG 2.2 AA, in words. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

test('A teacher sees where the class is, reads along, holds grades back, decides otherwise, and the gradebook follows', async ({ lms, context }) => {
  const device = await otherDevice(context);
  const learner = await lms.in(await device.newPage()).openAsLearner('Mira Santos');
  await learner.say('How do I get started?');
  await expect(learner.conversation).toContainText(A_REPLY);
  await expect(learner.stop).toBeHidden();
  await learner.solve(FIRST);
  await learner.openTask(SECOND.title);
  for (let i = 0; i < 3; i++) {
    await learner.handIn(SECOND.wrong);
    await expect(learner.frame.getByText(i === 0 ? '1 attempt' : `${i + 1} attempts`, { exact: true })).toBeVisible();
  }
  await expect(learner.grade).toContainText(/sent|gradebook/i);

  const teacher = await lms.openAsInstructor();
  await teacher.navigation.getByRole('link', { name: 'Class' }).click();
  const pages = new ClassPages(teacher.frame);
  await expect(pages.row('Mira Santos')).toContainText('1 of');
  await expect(pages.row('Mira Santos')).toContainText('stuck at 1');
  await expect(teacher.frame.getByText(`Most are stuck at “${SECOND.title}”: 1 learner.`)).toBeVisible();
  const before = (await lms.grade('Mira Santos').textContent()) ?? '';
  await teacher.frame.getByRole('button', { name: 'Pause grades' }).click();
  await expect(teacher.frame.getByText('Grades are paused since')).toBeVisible();

  await pages.openLearner('Mira Santos');
  await expect(pages.part('Conversation')).toContainText('How do I get started?');
  await expect(pages.attempts(SECOND.title)).toHaveCount(3);
  // Only the class scrolls: the page round it does not move away into nothing.
  expect(await teacher.frame.locator('html').evaluate((html) => html.scrollHeight - html.clientHeight)).toBe(0);
  await pages.decide(pages.attempts(SECOND.title).first(), 'Accepted', 'You explained it to me in class.');
  await expect(pages.attempts(SECOND.title).first()).toContainText('Accepted');
  await expect(pages.part('Grade')).toContainText('Your course holds its grades back for now.');
  await expect(lms.grade('Mira Santos')).toHaveText(before);
  await teacher.navigation.getByRole('link', { name: 'Class' }).click();
  await teacher.frame.getByRole('button', { name: 'Resume grades' }).click();
  await expect(lms.grade('Mira Santos')).not.toHaveText(before);

  await learner.open('Submissions');
  const own = learner.frame.getByRole('listitem').filter({ hasText: SECOND.title }).first();
  await own.getByText('Answer and feedback').click();
  await expect(own).toContainText('You explained it to me in class.');
  await device.close();
});

test('A teacher works in a window of its own, and looks at the activity as a learner', async ({ lms, context }) => {
  const teacher = await lms.openAsInstructor();
  const [wide] = await Promise.all([context.waitForEvent('page'), teacher.frame.getByRole('button', { name: 'Open in a window' }).click()]);
  await wide.getByRole('navigation', { name: 'Activity' }).getByRole('link', { name: 'Class' }).click();
  await expect(new ClassPages(wide).heading).toBeVisible();
  await wide.close();
  const [preview] = await Promise.all([
    context.waitForEvent('page'),
    teacher.frame.getByRole('button', { name: 'Preview as learner' }).click(),
  ]);
  await expect(preview.getByText('Preview: you see what learners see.')).toBeVisible();
  await expect(preview.getByRole('link', { name: 'Class' })).toBeHidden();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`In ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test('every page of the class passes axe', async ({ lms, context, page }, info) => {
      const device = await otherDevice(context);
      const learner = await lms.in(await device.newPage()).openAsLearner('Mira Santos');
      await learner.say('How do I get started?');
      await expect(learner.stop).toBeHidden();
      await learner.solve(FIRST);
      await learner.openTask(SECOND.title);
      await learner.handIn(SECOND.wrong);
      await expect(learner.verdict).toContainText('Not yet');
      await device.close();

      const teacher = await lms.openAsInstructor();
      await teacher.navigation.getByRole('link', { name: 'Class' }).click();
      const pages = new ClassPages(teacher.frame);
      await expect(pages.table).toBeVisible();
      expect(await faults(page), 'class').toEqual([]);
      await page.screenshot({ path: info.outputPath('class.png') });
      await teacher.frame.getByRole('link', { name: 'Settings' }).click();
      await expect(teacher.frame.getByRole('group', { name: 'Tutor' })).toBeVisible();
      expect(await faults(page), 'settings').toEqual([]);
      await teacher.frame.getByRole('link', { name: 'Cancel' }).click();
      await pages.openLearner('Mira Santos');
      await pages.attempts(SECOND.title).first().getByText(/^Decide/).first().click();
      expect(await faults(page), 'learner').toEqual([]);
      await page.screenshot({ path: info.outputPath('learner.png') });
    });
  });
}
