import { test, expect } from '../stage/test';

test.use({ tutor: 'scripted' });

test('The reply is shown while the model is still writing', async ({ lms, model }) => {
  const activity = await lms.openAsLearner();
  await expect(activity.conversation).toContainText('scripted');
  await activity.say('Where do I begin?');
  const reply = await model.asked();
  reply.say('Let us look at the table first. ');
  await expect(activity.conversation).toContainText('Let us look at the table first.');
  await expect(activity.stop).toBeVisible();
  reply.say('What do you see in its **first** row?');
  reply.end();
  await expect(activity.conversation.getByText('first', { exact: true })).toHaveJSProperty('tagName', 'STRONG');
  await expect(activity.stop).toBeHidden();
});

test('A reload in the middle of a reply loses nothing of it', async ({ lms, model, page }) => {
  const activity = await lms.openAsLearner();
  await activity.say('Where do I begin?');
  const reply = await model.asked();
  reply.say('Before the reload. ');
  await expect(activity.conversation).toContainText('Before the reload.');
  await page.frameLocator('iframe').locator('html').evaluate(() => location.reload());
  await expect(activity.conversation).toContainText('Before the reload.');
  reply.say('After the reload. ');
  await expect(activity.conversation).toContainText('After the reload.');
  reply.end();
  await expect(activity.stop).toBeHidden();
  await expect(activity.conversation.getByText('Before the reload.')).toHaveCount(1);
  expect(model.requests, 'the reload asked for nothing again').toHaveLength(1);
});

test('A reply goes on over a reload of the whole course page', async ({ lms, model, page }) => {
  const activity = await lms.openAsLearner();
  await activity.say('Where do I begin?');
  const reply = await model.asked();
  reply.say('Said to the first page. ');
  await expect(activity.conversation).toContainText('Said to the first page.');
  await page.reload();
  await expect(activity.conversation).toContainText('Said to the first page.');
  reply.say('Said to the second page. ');
  reply.end();
  await expect(activity.conversation).toContainText('Said to the second page.');
});

test('Stop ends the reply at the model, and what came is kept', async ({ lms, model }) => {
  const activity = await lms.openAsLearner();
  await activity.say('Tell me everything');
  const reply = await model.asked();
  reply.say('It is a long story. ');
  await expect(activity.conversation).toContainText('It is a long story.');
  await activity.stop.click();
  await expect(activity.stop).toBeHidden();
  await expect.poll(() => reply.abandoned).toBe(true);
  await expect(activity.conversation).toContainText('It is a long story.');
  await activity.say('Thank you');
  const next = await model.asked();
  next.say('You are welcome.');
  next.end();
  await expect(activity.conversation).toContainText('You are welcome.');
});

test('A message that is sent while a reply is coming stays in the box', async ({ lms, model, context }) => {
  const activity = await lms.openAsLearner();
  const other = await lms.in(await context.newPage()).openAsLearner();
  await expect(other.message).toBeVisible();
  await activity.say('My first question');
  const reply = await model.asked();
  reply.say('One moment. ');

  await activity.message.fill('My second question');
  await activity.message.press('Enter');
  await expect(activity.message).toHaveValue('My second question');

  await other.message.fill('A question from the other window');
  await other.send.click();
  await expect(other.frame.getByRole('alert').filter({ visible: true }).first()).toBeVisible();
  await expect(other.message).toHaveValue('A question from the other window');
  reply.end();
  expect(model.requests).toHaveLength(1);
});

test('Enter that ends a composition does not send', async ({ lms }) => {
  const activity = await lms.openAsLearner();
  await activity.message.fill('にほんご');
  await activity.message.dispatchEvent('keydown', { key: 'Enter', code: 'Enter', isComposing: true, bubbles: true });
  await expect(activity.message).toHaveValue('にほんご');
  await expect(activity.conversation).not.toContainText('にほんご');
});

for (const [what, refuse] of [
  ['cannot be asked any more today', 429],
  ['is broken', 500],
  ['does not know the key', 401],
] as const) {
  test(`When the model ${what}, the guide helps and says so`, async ({ lms, model }) => {
    const activity = await lms.openAsLearner();
    await activity.say('Where do I begin?');
    const answering = (async () => {
      for (;;) (await model.asked()).refuse(refuse);
    })();
    void answering;
    await expect(activity.conversation).toContainText('Answered by the guide');
    await expect(activity.stop).toBeHidden();
  });
}

test('When the model breaks off in the middle, nothing hangs', async ({ lms, model }) => {
  const activity = await lms.openAsLearner();
  await activity.say('Where do I begin?');
  const reply = await model.asked();
  reply.say('Let us begin at the top. I was about to ');
  await expect(activity.conversation).toContainText('Let us begin at the top.');
  reply.cut();
  await expect(activity.stop).toBeHidden();
  await expect(activity.conversation).toContainText('Let us begin at the top.');
  await expect(activity.message).toBeEditable();
});

test('What the model writes cannot become script, and the learner’s name is not told to it', async ({ lms, model, page }) => {
  const activity = await lms.openAsLearner('Mira Santos');
  await activity.say('Show me something');
  const reply = await model.asked();
  reply.say('Look: <img src=x onerror="parent.postMessage(1)"> [link](javascript:alert(1))\n\n<script>alert(1)</script>\n');
  reply.end();
  await expect(activity.conversation).toContainText('Look:');
  await expect(activity.stop).toBeHidden();
  await expect(activity.conversation.locator('img, script, a[href^="javascript"]')).toHaveCount(0);
  expect(model.requests.join()).not.toMatch(/Mira|Santos|school\.example/);
  await expect(page).toHaveTitle(/Demo LMS/);
});
