// Makes the administration pages more comfortable: values are copied by a button, times are told in the reader's own zone, and
// what rules make of a launch is shown while they are typed. Without it values can be selected by a click, times are in UTC, and
// a button shows what rules make of a launch.

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const word = button.querySelector("[data-copy-word]");
  if (!navigator.clipboard || !word) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    word.textContent = "Copied";
    setTimeout(() => (word.textContent = "Copy"), 2000);
  });
}

const style = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
function tellTimes(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
    time.textContent = style.format(new Date(time.dateTime));
  }
}
tellTimes(document);

const PAUSE = 400;
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-preview]")) {
  let typed = 0;
  form.addEventListener("input", () => {
    const now = ++typed;
    setTimeout(() => {
      // Only what was typed last is worth asking for, and showing.
      if (now === typed) void preview(form, () => now === typed);
    }, PAUSE);
  });
}

/** Shows what the server would make of the form, in the element that the form names. */
async function preview(form: HTMLFormElement, isNewest: () => boolean): Promise<void> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.set("act", "preview");
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const id = form.dataset.preview ?? "";
    const fresh = page.getElementById(id);
    if (!fresh || !isNewest()) return;
    tellTimes(fresh);
    document.getElementById(id)?.replaceChildren(...fresh.childNodes);
  } catch {
    // The button does the same.
  }
}

export {};
