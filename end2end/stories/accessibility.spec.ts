import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { test, expect } from '../stage/test';
import { FIRST } from '../stage/sample_project';

/** What axe finds against WCAG 2.2 AA, in words. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`In ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test('every view passes axe', async ({ lms, page }) => {
      await page.goto(lms.address);
      expect(await faults(page), 'front page of the course').toEqual([]);
      const activity = await lms.openAsLearner();
      await expect(activity.progress).toBeVisible();
      expect(await faults(page), 'tutor').toEqual([]);
      await activity.say('How do I get started?');
      await expect(activity.stop).toBeHidden();
      expect(await faults(page), 'tutor after an exchange').toEqual([]);
      await activity.openTask(FIRST.title);
      expect(await faults(page), 'task').toEqual([]);
      await activity.handIn(FIRST.wrong);
      await expect(activity.verdict).toContainText('Not yet');
      expect(await faults(page), 'task with a verdict').toEqual([]);
      await activity.handIn(FIRST.right);
      await expect(activity.verdict).toContainText('Accepted');
      await activity.open('Tasks');
      expect(await faults(page), 'tasks').toEqual([]);
      await activity.open('Submissions');
      expect(await faults(page), 'submissions').toEqual([]);
    });
  });
}

test.describe('In a frame of 320 pixels', () => {
  test.use({ viewport: { width: 354, height: 740 } });

  test('no view scrolls sideways, and every view passes axe', async ({ lms, page }) => {
    const activity = await lms.openAsLearner();
    await expect(activity.progress).toBeVisible();
    const root = activity.frame.locator('html');
    for (const view of ['Tutor', 'Tasks', 'Submissions'] as const) {
      await activity.open(view);
      const { width, needed } = await root.evaluate((html) => ({ width: html.clientWidth, needed: html.scrollWidth }));
      expect(width, 'the frame is as narrow as it should be').toBeLessThanOrEqual(322);
      expect(needed, view).toBeLessThanOrEqual(width);
      expect(await faults(page), view).toEqual([]);
    }
    await activity.openTask(FIRST.title);
    const { width, needed } = await root.evaluate((html) => ({ width: html.clientWidth, needed: html.scrollWidth }));
    expect(needed, 'task').toBeLessThanOrEqual(width);
    await activity.fill(FIRST.right);
    await activity.askTutor.click();
    await expect(activity.message).toBeFocused();
    await activity.openTask(FIRST.title);
    await activity.submit.click();
    await expect(activity.verdict).toContainText('Accepted');
  });
});
