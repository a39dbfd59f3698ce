import { mkdirSync, writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { test, expect } from '../stage/test';
import { A_REPLY, Activity } from '../pages/activity';
import { DemoLms } from '../pages/demo_lms';
import { lmsAddress, lttAddress } from '../stage/ltt';

test('Where the frame may keep nothing at all, one click opens the activity in a window of its own', async (
  { lms: _, ports },
  info,
) => {
  const profile = info.outputPath('profile');
  const block = { [`${lttAddress(ports)},${lmsAddress(ports)}`]: { setting: 2 } };
  mkdirSync(`${profile}/Default`, { recursive: true });
  const preferences = { profile: { content_settings: { exceptions: { cookies: block } } } };
  writeFileSync(`${profile}/Default/Preferences`, JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, info.project.use.launchOptions);
  const lms = new DemoLms(await context.newPage(), lmsAddress(ports));

  const framed = await lms.openAsLearner();
  const button = framed.frame.getByRole('button', { name: /new window/i }).or(framed.frame.getByRole('link', { name: /new window/i }));
  const opening = context.waitForEvent('page');
  await button.click();
  const activity = new Activity(await opening);
  await expect(activity.progress).toBeVisible();
  await activity.say('How do I get started?');
  await expect(activity.conversation).toContainText(A_REPLY);
  await context.close();
});
