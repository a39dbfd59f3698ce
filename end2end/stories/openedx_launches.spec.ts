import type { Frame, Page, Request } from '@playwright/test';
import { Activity } from '../pages/activity';
import { expect, test } from '../stage/openedx_test';
import { FIRST, PROJECT } from '../stage/sample_project';

const parameters = `project=${PROJECT}`;

test.use({
  blocks: {
    inline: { parameters },
    modal: { parameters, fields: { launch_target: 'modal' } },
    window: { parameters, fields: { launch_target: 'new_window' } },
    named: { parameters, fields: { ask_to_send_full_name: true, ask_to_send_email: true } },
  },
});
test.setTimeout(240_000);

const inFrame = (page: Page) => new Activity(page.frameLocator('iframe.ltiLaunchFrame'));

/** What the platform says of the person, in the token that the browser carries to LTT. */
async function told(launch: Promise<Request>): Promise<Record<string, unknown>> {
  const form = new URLSearchParams((await launch).postData() ?? '');
  const claims = form.get('id_token')?.split('.')[1] ?? '';
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

const launchOf = (page: Page) => page.waitForRequest((request) => request.url().endsWith('/lti/launch'));

test('A block opens in the unit, in a modal dialog and in a window of its own, and all lead to the same work', async ({
  page,
  context,
  platform,
}) => {
  await page.goto(platform.unit('inline', 'alice'));
  await inFrame(page).solve(FIRST);

  await page.goto(platform.unit('modal', 'alice'));
  await page.locator('.btn-lti-modal').click();
  await expect(inFrame(page).progress).toHaveAttribute('value', '1');

  await page.goto(platform.unit('window', 'alice'));
  const opening = context.waitForEvent('page');
  await page.locator('.btn-lti-new-window').click();
  const alone = new Activity(await opening);
  await expect(alone.progress).toHaveAttribute('value', '1');
});

test('A learner whose name and e-mail are told, and one of whom nothing is told, both work', async ({ page, platform }) => {
  const anonymous = launchOf(page);
  await page.goto(platform.unit('inline', 'bob'));
  expect(await told(anonymous)).not.toHaveProperty('email');
  await expect(inFrame(page).progress).toHaveAttribute('value', '0');

  await page.goto(platform.unit('named', 'bob'));
  const named = launchOf(page);
  await page.locator('#confirm-button').click();
  expect(await told(named)).toMatchObject({ name: 'Bob Example', email: 'bob@school.example' });
  await inFrame(page).solve(FIRST);
  expect(await page.locator('iframe.ltiLaunchFrame').contentFrame().locator('body').innerText()).not.toContain('bob@school.example');
});

test('Staff and instructors of the course preview, whatever else the platform calls them', async ({ page, platform }) => {
  for (const [user, role] of [['carol', 'staff'], ['dave', 'instructor']] as const) {
    await page.goto(platform.unit('inline', user, role));
    await expect(inFrame(page).frame.getByText('Nothing you do here is graded')).toBeVisible();
    expect((await inFrame(page).session()).role).toBe('instructor');
  }
});

test('Reloading the frame, and two blocks open at once in the learning front end, disturb nobody', async ({ page, context, platform }) => {
  await page.goto(platform.learning('inline', 'alice'));
  const nested = () => new Activity(page.frameLocator('#unit-iframe').frameLocator('iframe.ltiLaunchFrame'));
  await expect(nested().progress).toHaveAttribute('value', '0');
  const other = await context.newPage();
  await other.goto(platform.learning('named', 'alice'));
  const unit = other.frameLocator('#unit-iframe');
  await unit.locator('#confirm-button').click();
  await new Activity(unit.frameLocator('iframe.ltiLaunchFrame')).solve(FIRST);

  await reload(page);
  await expect(nested().progress).toHaveAttribute('value', '1');
});

/** Reloads LTT's own frame, as a browser's menu does. */
async function reload(page: Page): Promise<void> {
  const frame = page.frames().find((one: Frame) => one.url().includes('/activity'));
  if (!frame) throw new Error('no frame of LTT is open');
  await frame.evaluate(() => location.reload());
}
