import { mkdirSync } from 'node:fs';
import { test as base, expect } from '../stage/test';
import { SAMPLE, FIRST, SECOND } from '../stage/sample_project';
import { addPlatform, command, demo, lmsAddress, serve, type Ports } from '../stage/ltt';
import { DemoLms } from '../pages/demo_lms';
import { freePort, type Program } from '../stage/program';

/** The demo LMS in a program of its own, so that it and LTT can go down separately: its own LTT stays unused. */
const test = base.extend<{ apart: { ltt: Program; platform: Program; lms: DemoLms } }>({
  apart: async ({ page }, use, info) => {
    const [toolPort, lmsPort, unused] = [await freePort(), await freePort(), await freePort()];
    const ports: Ports = { ltt: toolPort, lms: lmsPort };
    const [ltts, platforms] = [info.outputPath('ltt'), info.outputPath('platform')];
    mkdirSync(ltts, { recursive: true });
    mkdirSync(platforms, { recursive: true });
    const platform = demo(platforms, ports, { LTT_LISTEN: `127.0.0.1:${unused}` });
    const ltt = serve(ltts, ports);
    await platform.start();
    await command(ltts, ports, 'project', 'import', SAMPLE);
    const at = (path: string) => `${lmsAddress(ports)}${path}`;
    await addPlatform(ltts, ports, 'Demo LMS', {
      issuer: lmsAddress(ports),
      client_id: 'ltt-demo-client',
      deployment_id: 'demo-deployment-1',
      auth_url: at('/lti/authorize'),
      token_url: at('/lti/token'),
      jwks_url: at('/lti/jwks'),
    });
    await ltt.start();
    await use({ ltt, platform, lms: new DemoLms(page, lmsAddress(ports)) });
    await Promise.all([ltt.stop(), platform.stop()]);
  },
});

test('A grade that is owed while the platform is down arrives when it is back', async ({ apart: { platform, lms } }) => {
  const activity = await lms.openAsLearner('Amina Diallo');
  await expect(activity.progress).toBeVisible();
  await platform.kill();
  await activity.solve(FIRST);
  await expect(activity.grade).toContainText(/way|again|waiting/i);
  await platform.start();
  await expect(activity.grade).toContainText(/sent|gradebook has/i, { timeout: 40_000 });
  await lms.page.goto(lms.address);
  await expect(lms.grade('Amina Diallo')).toContainText('%');
});

test('A grade that is owed when LTT is killed arrives after its restart', async ({ apart: { ltt, platform, lms } }) => {
  const activity = await lms.openAsLearner('Amina Diallo');
  await expect(activity.progress).toBeVisible();
  await platform.kill();
  await activity.solve(FIRST);
  await ltt.kill();
  await platform.start();
  await ltt.start();
  await lms.page.goto(lms.address);
  await expect(lms.grade('Amina Diallo')).toContainText('%', { timeout: 30_000 });

  const again = await lms.openAsLearner('Amina Diallo');
  await again.solve(SECOND);
  await expect(again.progress).toHaveAttribute('value', '2');
});
