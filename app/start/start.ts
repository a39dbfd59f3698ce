// Starts the pages: loads the program that the server named on this script's own tag,
// <script type="module" src="…/start.js" data-program="…/ltt.js" data-module="…/ltt.wasm">.

const tag = document.querySelector<HTMLScriptElement>("script[data-program]");

if (tag?.dataset.program) {
  const { default: load, hydrate } = await import(tag.dataset.program);
  await load({ module_or_path: tag.dataset.module });
  hydrate();
}
