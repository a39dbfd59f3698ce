// Learning platforms that listen give the frame the height it asks for. The page has its own scrolling, so it asks for what
// its panes would like, within what still shows the message box without scrolling the course page.

const LEAST = 600;
const MOST = 900;
const STEP = 20;

/** Tells the parent the wished height, now and whenever it changes. */
export function tellHeight(): void {
  if (window.parent === window) return;
  let told = 0;
  let pending = 0;
  const tell = () => {
    pending = 0;
    const height = wishedHeight();
    if (height === told) return;
    told = height;
    // Any platform may be the parent, and a height is no secret.
    window.parent.postMessage({ subject: "lti.frameResize", height }, "*");
    // Open edX listens to a message of its own.
    window.parent.postMessage({ type: "plugin.resize", payload: { height } }, "*");
  };
  const soon = () => {
    pending ||= window.setTimeout(tell, 150);
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-view"] });
  window.addEventListener("resize", soon);
  tell();
}

function wishedHeight(): number {
  const panes = document.querySelector<HTMLElement>(".panes");
  const above = panes ? panes.getBoundingClientRect().top : 0;
  let content = panes ? 0 : document.body.scrollHeight;
  for (const element of document.querySelectorAll<HTMLElement>("[data-natural]")) content = Math.max(content, element.offsetHeight);
  const height = Math.ceil((above + content) / STEP) * STEP;
  return Math.min(Math.max(height, LEAST), MOST);
}
