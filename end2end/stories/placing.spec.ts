import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { Activity } from '../pages/activity';
import { ClassPages } from '../pages/class';
import { PLACED } from '../pages/demo_lms';
import { Picker } from '../pages/picker';
import type { OpenEdx } from '../stage/openedx';
import { test as onOpenEdx } from '../stage/openedx_test';
import { FIRST, SECOND } from '../stage/sample_project';
import { expect, test } from '../stage/test';

const WHOLE = 'Asking questions of data';

async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
}

/** Whether nothing lies over the middle of an element. */
function isUncovered(element: Element): boolean {
  const { x, y, width, height } = element.getBoundingClientRect();
  return document.elementFromPoint(x + width / 2, y + height / 2) === element;
}

test('An instructor places two tasks, a learner tries both, the instructor decides otherwise on one, and the gradebook follows', async ({
  lms,
  page,
}) => {
  const picker = await lms.placeATask();
  await expect(picker.count).toHaveText('Nothing chosen yet');
  await picker.search.fill('one row');
  await expect(picker.entry(FIRST.title)).toBeVisible();
  await expect(picker.entry(SECOND.title)).toBeHidden();
  await picker.entry(FIRST.title).check();
  await picker.search.fill('');
  await picker.entry(SECOND.title).check();
  await expect(picker.count).toHaveText('2 chosen');
  await picker.place.click();
  await expect(page.getByRole('heading', { level: 1, name: PLACED })).toBeVisible();
  await expect(page.getByRole('heading', { level: 2, name: FIRST.title })).toBeVisible();

  await lms.openAsLearner();
  await lms.openUnit(PLACED);
  const [first, second] = [lms.activity(FIRST.title), lms.activity(SECOND.title)];
  await expect(second.frame.getByText('This task opens when you have done')).toBeVisible();
  await first.solve(FIRST);
  await expect(lms.grade('Mira Santos', { column: 0 })).toContainText('100 %');
  await second.openTask(SECOND.title);
  await second.handIn(SECOND.wrong);
  await expect(second.verdict).toContainText('Not yet');
  await expect(lms.grade('Mira Santos', { column: 1 })).toContainText('no grade yet');

  await lms.openAsInstructor();
  await lms.openUnit(PLACED);
  const teacher = lms.activity(SECOND.title);
  await teacher.navigation.getByRole('link', { name: 'Class' }).click();
  const pages = new ClassPages(teacher.frame);
  await expect(pages.picture).toContainText(SECOND.title);
  await pages.openLearner('Mira Santos');
  await expect(pages.part('Grade')).toContainText(/arrived/i);
  const attempt = pages.attempts(SECOND.title);
  await expect(attempt).toContainText('112');
  await pages.decide(attempt, 'Accepted', 'You read the value well and only took the wrong day.');
  await expect(attempt).toContainText('Accepted');
  await expect(lms.grade('Mira Santos', { column: 1 })).toContainText('100 %');
});

test('An instructor who cancels places nothing', async ({ lms, page }) => {
  const picker = await lms.placeATask();
  await picker.entry(WHOLE).check();
  await picker.cancel.click();
  await expect(page.getByRole('link', { name: 'Place a task' })).toBeVisible();
  await lms.openAsInstructor();
  await expect(page.getByRole('navigation', { name: 'Units' })).not.toContainText(PLACED);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`In ${colorScheme} colours, 320 pixels wide`, () => {
    test.use({ colorScheme, viewport: { width: 320, height: 740 } });

    test('the choice passes axe, scrolls no way but down, and can be made by keyboard', async ({ lms, page }) => {
      const picker = await lms.placeATask();
      await expect(picker.search).toBeVisible();
      expect(await faults(page)).toEqual([]);
      const { width, needed } = await page.locator('html').evaluate((html) => ({ width: html.clientWidth, needed: html.scrollWidth }));
      expect(needed).toBeLessThanOrEqual(width);
      await picker.place.click();
      await expect(page.getByRole('alert')).toContainText('Nothing is chosen yet');
      expect(await faults(page)).toEqual([]);
      const inTheMiddle = page.getByRole('checkbox').nth(10);
      await inTheMiddle.focus();
      expect(await inTheMiddle.evaluate(isUncovered)).toBe(true);
      await picker.entry(WHOLE).focus();
      await page.keyboard.press('Space');
      await picker.place.focus();
      await page.keyboard.press('Enter');
      await expect(page.getByRole('heading', { level: 1, name: PLACED })).toBeVisible();
    });
  });
}

test.describe('Without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('an instructor places a project all the same', async ({ lms, page }) => {
    await lms.placeATask();
    // Without scripts the learning platform's form waits for a click, too.
    await page.getByRole('button', { name: 'Go on to LTT' }).click();
    const picker = new Picker(page);
    await expect(picker.search).toBeHidden();
    await picker.entry(WHOLE).check();
    await picker.place.click();
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(page.getByRole('heading', { level: 1, name: PLACED })).toBeVisible();
  });
});

/** Begins deep linking in Studio, which opens a window. */
async function chooseInStudio(page: Page, platform: OpenEdx): Promise<{ window: Page; picker: Picker }> {
  await page.goto(platform.studio('first'));
  const opening = page.context().waitForEvent('page');
  await page.getByRole('link', { name: 'Deep Linking Launch' }).click();
  const window = await opening;
  return { window, picker: new Picker(window) };
}

/** Waits until Open edX has kept what was chosen, and closes the window, as it says there. */
async function saved(window: Page): Promise<void> {
  await expect(window.locator('body')).toContainText('successfully saved');
  await window.close();
}

const frame = (page: Page) => page.frameLocator('iframe.ltiLaunchFrame');

onOpenEdx.describe('In Open edX', () => {
  onOpenEdx.setTimeout(240_000);
  onOpenEdx.use({
    blocks: { first: { parameters: '', fields: { lti_advantage_deep_linking_enabled: true } }, second: { parameters: '' } },
  });

  onOpenEdx('an author chooses one task in Studio, and the block opens it', async ({ page, platform }) => {
    const { window, picker } = await chooseInStudio(page, platform);
    await picker.entry(FIRST.title).check();
    await picker.place.click();
    await saved(window);
    await page.goto(platform.unit('first', 'alice'));
    const activity = new Activity(frame(page));
    await expect(activity.heading(FIRST.title)).toBeVisible();
    await activity.solve(FIRST);
    const graded = async () => (await platform.grades()).scores.some(({ user, block }) => user === 'alice' && block === 'first');
    await expect.poll(graded, { timeout: 10_000 }).toBe(true);
  });

  onOpenEdx('of several tasks the block shows a list, and each opens by itself', async ({ page, platform }) => {
    const { window, picker } = await chooseInStudio(page, platform);
    await picker.entry(FIRST.title).check();
    await picker.entry(SECOND.title).check();
    await picker.place.click();
    await saved(window);
    await page.goto(platform.unit('first', 'alice'));
    for (const task of [FIRST, SECOND]) await expect(frame(page).getByRole('heading', { name: task.title })).toBeVisible();
    const opening = page.context().waitForEvent('page');
    await frame(page).getByRole('link', { name: 'launch the LTI content' }).nth(1).click();
    const task = new Activity(await opening);
    await expect(task.heading(SECOND.title)).toBeVisible();
  });

  onOpenEdx('a block that names nothing waits for its instructor, and lets the learner in by itself', async ({ browser, page, platform }) => {
    await page.goto(platform.unit('second', 'alice'));
    const activity = new Activity(frame(page));
    await expect(activity.notice('This activity is not set up yet')).toBeVisible();

    const other = await browser.newContext();
    const teacher = await other.newPage();
    await teacher.goto(platform.unit('second', 'dave', 'instructor'));
    const picker = new Picker(frame(teacher));
    await picker.only(WHOLE).check();
    await picker.open.click();
    await expect(new Activity(frame(teacher)).progress).toBeVisible();

    await expect(activity.progress).toBeVisible({ timeout: 30_000 });
    await activity.solve(FIRST);
    const graded = async () => (await platform.grades()).scores.some(({ user, block }) => user === 'alice' && block === 'second');
    await expect.poll(graded, { timeout: 10_000 }).toBe(true);
    await other.close();
  });
});
