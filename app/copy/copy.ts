// Makes the administration pages more comfortable: values are copied by a button, and times are told in the reader's own zone.
// Without it values can be selected by a click, and times are in UTC.

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
for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-local]")) {
  time.textContent = style.format(new Date(time.dateTime));
}

export {};
