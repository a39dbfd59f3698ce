import type { Page, Route } from '@playwright/test';
import { test, expect } from '../stage/test';
import { A_REPLY } from '../pages/activity';
import { FIRST, SECOND } from '../stage/sample_project';
import { run } from '../stage/program';
import { ROOT } from '../stage/ltt';

/** The page's frame with LTT in it, reloaded. */
const reloadFrame = (page: Page) => page.frameLocator('iframe').locator('html').evaluate(() => location.reload());

test('A lost connection shows itself, keeps the message and sends it when it is back', async ({ lms, context }) => {
  const activity = await lms.openAsLearner();
  await expect(activity.send).toBeVisible();
  await expect(activity.conversation).toContainText('I am a program');
  await context.setOffline(true);
  await activity.message.fill('Are you still there?');
  await activity.message.press('Enter');
  await expect(activity.frame.getByText('Connection lost')).toBeVisible();
  await expect(activity.conversation).toContainText('Are you still there?');
  await context.setOffline(false);
  await expect(activity.frame.getByText('Connection lost')).toBeHidden({ timeout: 30_000 });
  await expect(activity.conversation).toContainText(A_REPLY);
  await expect(activity.conversation.getByText('Are you still there?')).toHaveCount(1);
});

/** Holds LTT's program back, as a slow network does, until what is returned is called. */
async function holdProgram(page: Page): Promise<() => Promise<void>> {
  const held: Route[] = [];
  let isHeld = true;
  await page.route(/localhost.*\/ltt\.[^/]*\.(js|wasm)$/, (route) => (isHeld ? void held.push(route) : route.continue()));
  return async () => {
    isHeld = false;
    await Promise.all(held.map((route) => route.continue()));
  };
}

test('What is typed and sent before the program has come stays and is sent', async ({ lms, page }) => {
  const release = await holdProgram(page);
  const activity = await lms.openAsLearner();
  await activity.message.fill('I was here before your program');
  await activity.message.press('Enter');
  await expect(activity.message).toHaveValue('I was here before your program');
  await release();
  await expect(activity.conversation).toContainText(A_REPLY);
  await expect(activity.conversation.getByText('I was here before your program')).toHaveCount(1);
  await expect(activity.message).toHaveValue('');
});

test('An answer typed before the program has come is kept', async ({ lms, page }) => {
  await lms.openAsLearner().then((activity) => activity.solve(FIRST));
  const release = await holdProgram(page);
  const activity = await lms.openAsLearner();
  await expect(activity.heading(SECOND.title)).toBeVisible();
  await activity.answer.fill('9');
  await release();
  await expect(activity.draft).toHaveText('Saved');
  await expect(activity.answer).toHaveValue('9');
});

test('With WebAssembly blocked the tasks can still be read', async ({ lms, page }) => {
  await page.route(/\.wasm$/, (route) => route.abort());
  const activity = await lms.openAsLearner();
  await expect(activity.frame.getByRole('heading', { name: FIRST.title }).first()).toBeVisible();
  await expect(activity.frame.getByText(/reading only|cannot run/i).first()).toBeVisible();
});

test('Back and Forward move between the views, and a reload stays where one is', async ({ lms, page }) => {
  const activity = await lms.openAsLearner();
  await activity.openTask(FIRST.title);
  await activity.open('Submissions');
  await page.evaluate(() => history.back());
  await expect(activity.heading(FIRST.title)).toBeVisible();
  await reloadFrame(page);
  await expect(activity.heading(FIRST.title)).toBeVisible();
  await expect(activity.progress).toBeVisible();
});

test('A spent code opens nothing for somebody else', async ({ lms, page, browser }) => {
  const codes: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/activity?code=')) codes.push(request.url());
  });
  const activity = await lms.openAsLearner();
  await expect(activity.progress).toBeVisible();
  expect(codes).toHaveLength(1);
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(codes[0]);
  await expect(stranger.getByRole('heading', { name: 'Open it again from your course' })).toBeVisible();
  await expect(stranger.locator('body')).not.toContainText(FIRST.title);
  await stranger.context().close();
});

test('A session that has ended says so and keeps what was typed', async ({ lms, folder, page }) => {
  const activity = await lms.openAsLearner();
  await expect(activity.progress).toBeVisible();
  await run('python3', ['-c', END_SESSIONS, `${folder}/ltt-demo.db`], ROOT);
  await activity.message.fill('Is anybody there?');
  await activity.message.press('Enter');
  await expect(activity.frame.getByText('Your session has ended')).toBeVisible();
  await expect(activity.frame.getByText('Is anybody there?').first()).toBeVisible();
  await reloadFrame(page);
  await expect(activity.notice('Open it again from your course')).toBeVisible();
});

const END_SESSIONS = `
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    database.execute("UPDATE session SET expires_at = '2020-01-01T00:00:00+00:00'")
`;
