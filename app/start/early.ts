// Between the first paint and the program's start the learner may already act. Text and ticks stay in their fields by
// themselves; what was clicked or sent is kept here, shown as waiting, and done once the program is there.

/** Begins to keep acts; what is returned lets go of them and does them. */
export function keepEarlyActs(): () => void {
  const acts = new Map<HTMLElement, () => void>();
  const watch = new AbortController();
  const listening = { capture: true, signal: watch.signal };

  const keep = (event: Event, shown: HTMLElement, act: () => void) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    shown.setAttribute("aria-busy", "true");
    acts.set(shown, act);
  };

  const keepForm = (event: Event, form: HTMLFormElement, by?: HTMLElement | null) => {
    const submitter = by ?? form.querySelector<HTMLElement>("button:not([type=button])");
    keep(event, submitter ?? form, () => form.requestSubmit());
  };

  document.addEventListener("submit", (event) => keepForm(event, event.target as HTMLFormElement, event.submitter), listening);

  document.addEventListener("click", (event) => {
    const target = (event.target as Element).closest<HTMLElement>("a[href], button");
    if (!target || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const isOurs = target instanceof HTMLAnchorElement && target.pathname.startsWith("/activity/") && !target.target;
    const isButton = target instanceof HTMLButtonElement && !(target.type === "submit" && target.form);
    if (isOurs || isButton) keep(event, target, () => target.click());
  }, listening);

  document.addEventListener("keydown", (event) => {
    const field = event.target as HTMLElement;
    const sends = field instanceof HTMLTextAreaElement && "enterSends" in field.dataset;
    // 229 is how some browsers mark the Enter that ends a composition.
    if (!sends || event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (field.form) keepForm(event, field.form);
  }, listening);

  return () => {
    watch.abort();
    for (const [shown, act] of acts) {
      shown.removeAttribute("aria-busy");
      if (shown.isConnected) act();
    }
  };
}
