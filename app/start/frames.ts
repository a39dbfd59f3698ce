// Which sites show LTT in a frame, told to the server where its administrator has not named them yet.

/** Tells the origins above this frame; nobody waits for an answer. */
export function tellFrames(address: string | undefined): void {
  if (!address || window.parent === window) return;
  const above = originsAbove();
  if (above.length === 0) return;
  const body = JSON.stringify({ above });
  fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => undefined);
}

function originsAbove(): string[] {
  // Not every browser has it; there, the page that opened the frame is all that can be known.
  if (location.ancestorOrigins) return [...location.ancestorOrigins];
  return document.referrer ? [new URL(document.referrer).origin] : [];
}
