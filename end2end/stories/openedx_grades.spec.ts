import { Activity } from '../pages/activity';
import { ClassPages } from '../pages/class';
import { share, unpublished } from '../stage/openedx';
import { expect, test } from '../stage/openedx_test';
import { FIRST, PROJECT } from '../stage/sample_project';

const parameters = `project=${PROJECT}`;
const SOON = 10_000;

test.setTimeout(240_000);

test.describe('Of three blocks one has its column from Open edX, one from LTT, and one is past its due date', () => {
  test.use({
    blocks: {
      declared: { parameters, fields: { weight: 4 } },
      made: { parameters, fields: { lti_advantage_ags_mode: 'programmatic' } },
      late: { parameters, fields: { due: '2026-01-01T00:00:00Z', accept_grades_past_due: false } },
    },
  });

  test('a grade arrives in each as Open edX has it: by the weight of the block, zero too, and unpublished after the due date', async ({
    page,
    platform,
  }) => {
    const activity = new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
    for (const block of ['declared', 'made', 'late']) {
      await page.goto(platform.unit(block, 'alice'));
      await expect(activity.progress).toHaveAttribute('value', '0');
    }
    await activity.solve(FIRST);
    const expected = { declared: share(FIRST.points), made: share(FIRST.points), late: unpublished(FIRST.points) };
    for (const [block, words] of Object.entries(expected)) {
      await expect.poll(() => platform.standing('alice', block), { timeout: SOON }).toBe(words);
    }
    await expect(activity.grade).toContainText(/sent|gradebook has/i);
    const { columns, gradebook } = await platform.grades();
    expect(columns).toContainEqual({ block: 'declared', label: 'LTT declared', maximum: 4 });
    expect(columns).toContainEqual(expect.objectContaining({ block: 'made', label: 'Asking questions of data' }));
    expect(gradebook).toContainEqual(expect.objectContaining({ block: 'declared', maximum: 4 }));

    await platform.edit('declared', { weight: 10 });
    expect(await platform.standing('alice', 'declared')).toBe(share(FIRST.points));
    await activity.reopen(FIRST, 'I want to explain it better.');
    await expect.poll(() => platform.standing('alice', 'declared'), { timeout: SOON }).toBe(share(0));
    expect((await platform.grades()).gradebook).toContainEqual({ user: 'alice', block: 'declared', grade: 0, maximum: 10 });

    await page.goto(platform.unit('declared', 'dave', 'instructor'));
    await activity.navigation.getByRole('link', { name: 'Class' }).click();
    const pages = new ClassPages(activity.frame);
    await pages.table.getByRole('rowheader').getByRole('link').click();
    await expect(pages.part('Grade')).toContainText('Your course may not show a grade of zero.');
  });
});

test.describe('A course of more learners than stand on one page of its roster', () => {
  test.use({
    blocks: { first: { parameters, fields: { lti_1p3_enable_nrps: true } } },
    enrolled: { pupils: 120, sharesNames: true },
  });

  test('shows who has not come yet, by name as long as that is allowed', async ({ page, platform, administer }) => {
    const activity = new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
    await page.goto(platform.unit('first', 'alice'));
    await activity.solve(FIRST);

    await page.goto(platform.unit('first', 'dave', 'instructor'));
    await activity.navigation.getByRole('link', { name: 'Class' }).click();
    const pages = new ClassPages(activity.frame);
    await activity.frame.getByRole('button', { name: 'Update roster' }).click();
    await expect(activity.frame.getByText('124 people belong')).toBeVisible();
    await expect(pages.row('Alice Example')).toContainText('1 of');
    await expect(pages.row('Bob Example')).toContainText('Has not opened it yet');

    await administer('platform', 'people', 'Open edX first', '--roster-names', 'no');
    await activity.navigation.getByRole('link', { name: 'Class' }).click();
    await expect(pages.row('Bob Example')).toBeHidden();
    await expect(activity.frame.getByText('124 people belong')).toBeVisible();
  });
});
