import { A_REPLY, Activity } from '../pages/activity';
import { share } from '../stage/openedx';
import { expect, test } from '../stage/openedx_test';
import { FIRST, SECOND, THIRD } from '../stage/sample_project';

/** How soon a grade stands in the platform's gradebook. */
const SOON = 10_000;

test.setTimeout(240_000);

test('A learner solves a third of the project, and a third is in the gradebook within ten seconds', async ({ page, platform }) => {
  await page.goto(platform.unit('first', 'alice'));
  const activity = new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
  await activity.say('How do I get started?');
  await expect(activity.conversation).toContainText(A_REPLY);
  for (const task of THIRD) await activity.solve(task);
  const points = THIRD.reduce((sum, task) => sum + task.points, 0);
  await expect.poll(() => platform.standing('alice', 'first'), { timeout: SOON }).toBe(share(points));
  await expect(activity.grade).toContainText(/sent|gradebook has/i);
});

test('In the learning front end’s frame, two frames deep, it works as well', async ({ page, platform }) => {
  await page.goto(platform.learning('first', 'alice'));
  const activity = new Activity(page.frameLocator('#unit-iframe').frameLocator('iframe.ltiLaunchFrame'));
  await activity.solve(FIRST);
  await expect.poll(() => platform.standing('alice', 'first'), { timeout: SOON }).toBe(share(FIRST.points));
});

test('The same learner in a block with another passport goes on where they were, and both blocks get the grade', async ({
  page,
  platform,
}) => {
  const frame = () => new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
  await page.goto(platform.unit('first', 'alice'));
  await frame().solve(FIRST);
  await page.goto(platform.unit('second', 'alice'));
  await expect(frame().progress).toHaveAttribute('value', '1');
  await frame().solve(SECOND);
  for (const block of ['first', 'second']) {
    await expect.poll(() => platform.standing('alice', block), { timeout: SOON }).toBe(share(FIRST.points + SECOND.points));
  }
  await page.goto(platform.unit('second', 'bob'));
  await expect(frame().progress).toHaveAttribute('value', '0');
});

test('A grade survives a platform that is stopped and an LTT that is killed', async ({ page, platform, ltt }) => {
  await page.goto(platform.unit('first', 'alice'));
  const activity = new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
  await expect(activity.progress).toBeVisible();
  await platform.program.kill();
  await activity.solve(FIRST);
  await platform.program.start();
  await expect.poll(() => platform.standing('alice', 'first'), { timeout: 40_000 }).toBe(share(FIRST.points));

  await platform.program.kill();
  await activity.solve(SECOND);
  await ltt.kill();
  await platform.program.start();
  await ltt.start();
  await expect.poll(() => platform.standing('alice', 'first'), { timeout: 40_000 }).toBe(share(FIRST.points + SECOND.points));
});

test('What the course’s staff try out is a preview and sends no grade', async ({ page, platform }) => {
  await page.goto(platform.unit('first', 'carol', 'staff'));
  const staff = new Activity(page.frameLocator('iframe.ltiLaunchFrame'));
  await expect(staff.frame.getByText('Nothing you do here is graded')).toBeVisible();
  await staff.solve(FIRST);
  await page.goto(platform.unit('first', 'bob'));
  await new Activity(page.frameLocator('iframe.ltiLaunchFrame')).solve(FIRST);
  await expect.poll(() => platform.standing('bob', 'first'), { timeout: SOON }).toBe(share(FIRST.points));
  expect(await platform.standing('carol', 'first')).toBe('nothing');
});
