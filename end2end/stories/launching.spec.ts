import type { BrowserContext, Frame, FrameLocator, Page } from '@playwright/test';
import { Activity } from '../pages/activity';
import { lttAddress } from '../stage/ltt';
import { browser, expect, test, type Refusing } from '../stage/launching_test';
import { form, type Storage } from '../stage/platform';

test.setTimeout(120_000);

const framed = (page: Page, number = 1) => page.frameLocator(`iframe[title="Activity ${number}"]`);
const activity = (page: Page, number = 1) => new Activity(framed(page, number));
const button = (frame: FrameLocator | Page) => frame.getByRole('button', { name: 'Open in a new window' });

/** Whoever launched an activity sees it, and the session in its frame is good. */
async function works({ frame, progress }: Activity): Promise<void> {
  await expect(progress).toBeVisible();
  const status = await frame.locator('body').evaluate(async () => {
    const { token } = (history.state as { ltt: { token: string } }).ltt;
    return (await fetch('/api/progress', { headers: { authorization: `Bearer ${token}` } })).status;
  });
  expect(status).toBe(200);
}

/** Two tabs with two activities each; then a reload of one frame, and another launch in one tab. */
async function sideBySide(context: BrowserContext, unit: string): Promise<void> {
  const [one, two] = [await context.newPage(), await context.newPage()];
  await Promise.all([one.goto(unit), two.goto(unit)]);
  for (const page of [one, two]) for (const number of [1, 2]) await works(activity(page, number));
  await one.frames().find((frame) => frame.url().startsWith('http://localhost'))?.evaluate(() => location.reload());
  await two.reload();
  for (const page of [one, two]) for (const number of [1, 2]) await works(activity(page, number));
  await Promise.all([one.close(), two.close()]);
}

test('As the browser ships, a frame is launched by its cookie, and only asked about it the first time', async ({ world }, info) => {
  const context = await browser(info, world, 'nowhere');
  const page = await context.newPage();
  const logins: number[] = [];
  page.on('response', (response) => void (response.url().includes('/lti/login?') && logins.push(response.status())));
  await page.goto(world.platform.unit('ada'));
  await activity(page).open('Submissions');
  await page.reload();
  await works(activity(page));
  expect(logins).toEqual([200, 302]);
  expect(await world.shown('Proved by')).toBe('cookie 2');

  await sideBySide(context, world.platform.unit('ada', 'none', 2));
  await context.close();
});

test('A frame that has lost its cookie on the way is launched by what it keeps in its own storage', async ({ world }, info) => {
  const context = await browser(info, world, 'nowhere');
  world.platform.beforeAnswer = () => context.clearCookies();
  const page = await context.newPage();
  await page.goto(world.platform.unit('ada'));
  await works(activity(page));
  world.platform.beforeAnswer = async () => {};
  expect(await world.shown('Proved by')).toContain("frame's storage 1");
  await context.close();
});

test('Where the frame may keep nothing, the platform keeps it for the frame', async ({ world }, info) => {
  const context = await browser(info, world, 'in frames');
  const page = await context.newPage();
  for (const storage of ['page', 'frame', 'old names'] as Storage[]) {
    await page.goto(world.platform.unit('ada', storage));
    await works(activity(page));
  }
  expect(await world.shown('Proved by')).toContain("platform's storage 3");
  await sideBySide(context, world.platform.unit('ada', 'page', 2));
  await context.close();
});

test('Where nobody keeps anything, one click opens a window, and no hint is spent before', async ({ world }, info) => {
  const context = await browser(info, world, 'in frames');
  const page = await context.newPage();
  await page.addInitScript(timeTheAsking);
  for (const storage of ['none', 'mute'] as Storage[]) {
    const spent = world.platform.spentHints;
    await page.goto(world.platform.unit('ada', storage));
    await expect(button(framed(page))).toBeVisible();
    expect(world.platform.spentHints).toBe(spent);
    expect(await toolFrame(page).evaluate(() => (window as unknown as Asked).askedFor)).toBeLessThan(2000);
    const opening = context.waitForEvent('page');
    await button(framed(page)).click();
    await works(new Activity(await opening));
    expect(world.platform.spentHints).toBe(spent + 1);
  }
  expect(await world.shown('Proved by')).toContain('own window 2');
  await context.close();
});

test('Where the window may keep nothing either, a page says so and what to do', async ({ world }, info) => {
  const context = await browser(info, world, 'everywhere');
  const page = await context.newPage();
  await page.goto(world.platform.unit('ada'));
  const opening = context.waitForEvent('page');
  await button(framed(page)).click();
  const window = await opening;
  await expect(window.getByRole('heading', { name: "Your browser refuses LTT's cookies" })).toBeVisible();
  await expect(window.getByText('allow those of localhost')).toBeVisible();
  await context.close();
});

test('Without script the frame leads on, to a window or to the platform', async ({ world }, info) => {
  const context = await browser(info, world, 'nowhere');
  const page = await context.newPage();
  await page.route('**/assets/launch.*.js', (route) => route.abort());
  await page.goto(world.platform.unit('ada'));
  const opening = context.waitForEvent('page');
  await button(framed(page)).click();
  await works(new Activity(await opening));
  await context.close();
});

for (const [refusing, storage] of [
  ['nowhere', 'none'],
  ['in frames', 'page'],
  ['in frames', 'none'],
] as Array<[Refusing, Storage]>) {
  test(`An attacker’s page logs nobody in: cookies refused ${refusing}, storage of the platform: ${storage}`, async ({ world }, info) => {
    const { attacker, platform, ports } = world;
    const ltt = lttAddress(ports);
    const context = await browser(info, world, refusing);
    const page = await context.newPage();
    await page.goto(platform.unit('ada', storage));
    await expect(storage === 'none' && refusing !== 'nowhere' ? button(framed(page)) : activity(page).progress).toBeVisible();

    await test.step('their own token and state, in a frame whose every question they answer', async () => {
      const own = await attacker.launch();
      const frame = '<iframe name="victim" title="Activity 1"></iframe>';
      await page.goto(attacker.page(frame + form(`${ltt}/lti/launch`, { state: own.state, id_token: own.token }, 'target="victim"'), own.secret));
      await expect(page.frameLocator('iframe').getByRole('heading', { name: 'One more click' })).toBeVisible();
      expect(await heard(page)).toEqual([]);
    });

    await test.step('the same in a window that they opened', async () => {
      const own = await attacker.launch();
      const script = `<script>popup = open('', 'victim')</script>`;
      const opening = context.waitForEvent('page');
      await page.goto(attacker.page(script + form(`${ltt}/lti/launch`, { state: own.state, id_token: own.token }, 'target="victim"'), own.secret));
      const popup = await opening;
      await expect(popup.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(new Activity(popup).progress).toBeHidden();
      expect(await heard(page)).toEqual([]);
      await popup.close();
    });

    await test.step('a login in their name', async () => {
      await page.goto(attacker.page(`<iframe title="Activity 1" src="${(await attacker.login()).replaceAll('&', '&amp;')}"></iframe>`));
      let asked: FrameLocator | Page = page.frameLocator('iframe');
      if (refusing === 'in frames') {
        const opening = context.waitForEvent('page');
        await button(asked).click();
        asked = await opening;
      }
      await expect(asked.getByRole('heading', { level: 1, name: 'This activity could not be opened' })).toBeVisible();
      expect(await heard(page)).toEqual([]);
    });

    await test.step('their own ticket and secret, by script and by form', async () => {
      const own = await attacker.launch();
      const ticket = await attacker.ticket(own);
      const proof = JSON.stringify({ ticket, secret: own.secret, from: 'frame' });
      await page.goto(attacker.page(''));
      await page.evaluate(async ([address, body]) => {
        for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
          for (const mode of ['no-cors', 'cors'] as const) {
            await fetch(address!, { method: 'POST', mode, credentials: 'include', headers: { 'content-type': type }, body }).catch(() => {});
          }
        }
      }, [`${ltt}/lti/launch/proof`, proof]);
      const disguised = `{"ticket":"${ticket}","secret":"${own.secret}","from":"frame","x":"`;
      await page.goto(attacker.page(form(`${ltt}/lti/launch/proof`, { [disguised]: '"}' }, 'enctype="text/plain"')));
      await expect(page.locator('body')).toContainText('foreign_origin');
      expect(await attacker.prove(ticket, own.secret), 'nothing of it was heard').toBe(200);
    });

    await test.step('the address of an activity of theirs, in a window', async () => {
      const opening = context.waitForEvent('page');
      await page.goto(attacker.page(`<script>popup = open(${JSON.stringify(await attacker.opened())})</script>`));
      const popup = await opening;
      await expect(new Activity(popup).notice('Open it again from your course')).toBeVisible();
      await popup.close();
    });
    await context.close();
  });
}

const heard = (page: Page) => page.evaluate(() => (window as unknown as { heard: unknown[] }).heard);

function toolFrame(page: Page): Frame {
  const frame = page.frames().find((frame) => frame.url().includes('/lti/login'));
  if (!frame) throw new Error('no frame is at the login');
  return frame;
}

interface Asked {
  askedFor?: number;
}

/** Notes in each frame for how many milliseconds it was asking. */
function timeTheAsking(): void {
  let since: number | undefined;
  new MutationObserver(() => {
    const asking = document.documentElement?.dataset.asking !== undefined;
    if (asking) since ??= performance.now();
    else if (since !== undefined) (window as unknown as Asked).askedFor ??= performance.now() - since;
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-asking'] });
}
