import { type Locator, type Page } from '@playwright/test';

/** How many stops a learner should at most have to pass. */
const FAR = 80;

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, target: Locator, direction: 'forwards' | 'backwards' = 'forwards'): Promise<void> {
  for (let stop = 0; stop < FAR; stop += 1) {
    await page.keyboard.press(direction === 'forwards' ? 'Tab' : 'Shift+Tab');
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
  }
  throw new Error(`${target} cannot be reached with ${FAR} presses of Tab`);
}
