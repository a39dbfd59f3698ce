// Runs before the page is drawn, as a classic script in the document's head: the session moves from the document into the
// frame, what the learner does early is kept, and the program is fetched and takes over the page.
//
// The server writes the tag: <script id="start" data-view="/activity/…" data-program="…/ltt.js" data-module="…/ltt.wasm">.

import { keepEarlyActs } from "./early";
import { showReading } from "./reading";
import { openSession } from "./session";
import { tellFrames } from "./frames";
import { tellHeight } from "./height";

async function start(tag: HTMLScriptElement): Promise<void> {
  const session = openSession(tag.dataset.view ?? location.pathname);
  const replay = keepEarlyActs();
  const program = fetchProgram(tag.dataset.program ?? "", tag.dataset.module ?? "");
  // Awaited below; a failure before the document is there must not count as unhandled.
  program.catch(() => undefined);
  await documentIsThere();
  tellHeight();
  tellFrames(tag.dataset.frames);
  try {
    const hydrate = await program;
    hydrate();
    await settled();
    replay();
    document.documentElement.dataset.ready = "";
  } catch (error) {
    console.error("LTT could not start", error);
    await showReading(session);
  }
}

async function fetchProgram(program: string, module: string): Promise<() => void> {
  if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
  const load = async () => {
    const { default: instantiate, hydrate } = await import(program);
    await instantiate({ module_or_path: module });
    return hydrate as () => void;
  };
  try {
    return await load();
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) throw error;
    await new Promise((wake) => setTimeout(wake, 1500));
    return load();
  }
}

function documentIsThere(): Promise<void> {
  if (document.readyState !== "loading") return Promise.resolve();
  return new Promise((ready) => document.addEventListener("DOMContentLoaded", () => ready(), { once: true }));
}

// The program takes fields over in tasks of its own, right after it has started.
function settled(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, 0));
}

const tag = document.getElementById("start");
if (tag instanceof HTMLScriptElement) void start(tag);
