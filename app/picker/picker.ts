// Makes a choice of projects and tasks more comfortable: it is searched while somebody types, and what is chosen is counted.
// Without it everything can be found by reading, and chosen all the same.

const form = document.querySelector<HTMLFormElement>(".picker-form");
const search = document.querySelector<HTMLElement>("[data-search]");
const none = document.querySelector<HTMLElement>("[data-none]");
const count = document.querySelector<HTMLElement>("[data-count]");
const entries = [...document.querySelectorAll<HTMLLIElement>("li[data-words]")];

/** Shows what has all these words, what it stands in, and what it consists of. */
function show(text: string): void {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Set<Element>();
  for (const entry of entries) {
    if (!words.every((word) => (entry.dataset.words ?? "").includes(word))) continue;
    for (let at: Element | null = entry; at; at = at.parentElement?.closest("li[data-words]") ?? null) found.add(at);
    for (const below of entry.querySelectorAll("li[data-words]")) found.add(below);
  }
  for (const entry of entries) entry.hidden = !found.has(entry);
  if (none) none.hidden = found.size > 0;
}

function tell(): void {
  if (!form || !count) return;
  const chosen = new FormData(form).getAll("chosen").length;
  count.textContent = chosen === 0 ? "Nothing chosen yet" : `${chosen} chosen`;
}

const input = search?.querySelector("input");
if (search && input) {
  search.hidden = false;
  input.addEventListener("input", () => show(input.value));
  input.addEventListener("keydown", (event) => {
    // In a search, Enter must not place what happens to be chosen.
    if (event.key === "Enter") event.preventDefault();
  });
}
form?.addEventListener("change", tell);
if (entries.length > 0) tell();

export {};
