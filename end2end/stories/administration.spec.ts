import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';
import { Activity } from '../pages/activity';
import { Administration } from '../pages/administration';
import { command, lttAddress, serve, type Ports } from '../stage/ltt';
import { OpenEdx } from '../stage/openedx';
import { freePort } from '../stage/program';
import { PROJECT, SAMPLE } from '../stage/sample_project';

const PASSWORD = 'correct horse battery';

interface Stage {
  folder: string;
  ports: Ports;
  administration: Administration;
  /** The link that `ltt user invite` prints. */
  link: string;
}

/** A fresh `ltt serve`, to which somebody has just been invited. */
const test = base.extend<Stage>({
  folder: async ({}, use, info) => {
    const folder = info.outputPath('ltt');
    mkdirSync(folder, { recursive: true });
    await use(folder);
  },
  ports: async ({}, use) => use({ ltt: await freePort(), lms: await freePort() }),
  administration: async ({ page, folder, ports }, use) => {
    const ltt = serve(folder, ports);
    await ltt.start();
    await use(new Administration(page, lttAddress(ports)));
    await ltt.stop();
  },
  link: async ({ administration: _, folder, ports }, use) => {
    const printed = await command(folder, ports, 'user', 'invite', '--role', 'administrator', '--name', 'ada');
    await use(/http\S+/.exec(printed)?.[0] ?? printed);
  },
});

/** What axe finds against WCAG 2.2 AA, and whether the page scrolls sideways. */
async function faults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  const { width, needed } = await page.evaluate(() => {
    const { clientWidth: width, scrollWidth: needed } = document.documentElement;
    return { width, needed };
  });
  const found = violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`));
  return needed > width ? [...found, `needs ${needed} of ${width} pixels`] : found;
}

test.describe('With Open edX', () => {
  test.setTimeout(240_000);

  test('A newcomer comes by a link, pastes two blocks, and sees the test launch arrive', async ({ administration, folder, ports, link, page }) => {
    const parameters = `project=${PROJECT}`;
    const platform = await OpenEdx.start(folder, ports, { first: { parameters }, second: { parameters } });
    await administration.arrive(link, PASSWORD);
    await expect(administration.notice).toContainText('password is saved');
    await administration.open('/admin');
    await expect(administration.step('A platform')).toContainText('To do');

    await administration.paste(Object.values(await platform.registrations()), 'DATA 101');
    await expect(administration.notice).toContainText('registrations are added');
    await command(folder, ports, 'project', 'import', SAMPLE);
    await administration.open('/admin');
    await expect(administration.step('A platform')).toContainText('Done');
    await expect(administration.step('A project')).toContainText('Done');
    await expect(administration.step('A test launch')).toContainText('To do');

    await administration.open('/admin/platforms');
    await page.getByRole('link', { name: /^DATA 101/ }).first().click();
    await page.getByRole('link', { name: 'Test launch' }).click();
    await page.getByRole('button', { name: 'Try the addresses' }).click();
    await expect(page.getByText('One key.')).toBeVisible();

    const course = await page.context().newPage();
    await course.goto(platform.unit('first', 'alice'));
    await expect(new Activity(course.frameLocator('iframe.ltiLaunchFrame')).progress).toBeVisible();
    await page.getByRole('link', { name: 'Look what came of it' }).click();
    await expect(page.getByRole('list', { name: 'What came of it' })).toContainText('launched');
    await administration.open('/admin');
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await platform.program.stop();
  });
});

test('Mistakes stand at their fields, and nothing that was typed is lost', async ({ administration, link, page }) => {
  await administration.arrive(link, PASSWORD);
  await administration.open('/admin/platforms/new?family=canvas');
  await page.getByLabel('Name').fill('Canvas of the North');
  await page.getByLabel('Key set address').fill('canvas.example.org/keys');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const summary = page.getByRole('alert');
  await expect(summary).toContainText('have to be corrected');
  await summary.getByRole('link', { name: 'Key set address' }).click();
  await expect(page.getByLabel('Key set address')).toBeFocused();
  await expect(page.getByLabel('Key set address')).toHaveValue('canvas.example.org/keys');
  await expect(page.getByLabel('Name')).toHaveValue('Canvas of the North');
});

for (const [name, use] of Object.entries({
  'in light colours': { colorScheme: 'light' },
  'in dark colours': { colorScheme: 'dark' },
  'at 320 pixels': { viewport: { width: 320, height: 740 } },
} as const)) {
  test.describe(name, () => {
    test.use(use);

    test('every page of the administration passes axe', async ({ administration, link, page }) => {
      await administration.open('/');
      expect(await faults(page), 'front page').toEqual([]);
      await administration.open('/sign-in');
      expect(await faults(page), 'sign-in').toEqual([]);
      await page.goto(link);
      expect(await faults(page), 'link').toEqual([]);
      await administration.arrive(link, PASSWORD);
      await administration.add('A school', 'https://lms.example.org', '314e41da-3f9b-45f8-863b-43c712598b8b');
      const paths = ['/admin', '/account', '/admin/platforms', '/admin/platforms/new', '/admin/platforms/new?family=moodle'];
      const more = ['/admin/platforms/passports', '/admin/invitations', '/admin/keys', '/admin/keys/rotate', '/admin/log'];
      for (const path of [...paths, ...more, '/admin/log?reference=ABCD-EFGH', '/admin/people']) {
        await administration.open(path);
        expect(await faults(page), path).toEqual([]);
      }
      await page.getByLabel('Name').fill('bob');
      await page.getByRole('button', { name: 'Make a link' }).click();
      expect(await faults(page), 'a new link').toEqual([]);
      await administration.open('/admin/platforms');
      await page.getByRole('link', { name: 'A school' }).click();
      expect(await faults(page), 'registration').toEqual([]);
      const registration = page.url();
      for (const path of ['edit', 'delete', 'test', 'launches']) {
        await page.goto(`${registration}/${path}`);
        expect(await faults(page), path).toEqual([]);
      }
      await administration.open('/admin/platforms/new?family=moodle');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      expect(await faults(page), 'a form with mistakes').toEqual([]);
    });
  });
}
