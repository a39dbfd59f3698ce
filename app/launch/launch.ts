// The script of the two pages that a launch may show: before the platform is asked who is there, and after, where the launch came
// without its cookie. It stands first in the document's head.
//
// The server writes the tag: <script id="launch" data-key="…" data-storage-origin="…" data-storage-target="…"> with
// data-platform and data-secret before, or data-ticket after.

import { cookiesAreKept } from "./cookies";
import { keepInFrame, takeFromFrame } from "./frame_storage";
import { PlatformStorage } from "./platform_storage";

/** Where a secret was found. */
type From = "frame" | "platform";

const page = document.documentElement;

async function run({ dataset }: HTMLScriptElement): Promise<void> {
  const { key = "", platform, secret = "", ticket, storageOrigin = "", storageTarget } = dataset;
  const storage = storageTarget ? new PlatformStorage(storageOrigin, storageTarget) : null;
  page.dataset.asking = "";
  try {
    const address = platform
      ? (await somethingKeeps(key, secret, storage)) && platform
      : await prove(key, ticket ?? "", storage);
    if (address) return location.replace(address);
  } catch (error) {
    console.error("LTT could not find out what this browser keeps", error);
  }
  // What the page says all along is true now.
  delete page.dataset.asking;
}

/** Whether anything in this frame will still be there after the platform: whatever says so first. */
async function somethingKeeps(key: string, secret: string, storage: PlatformStorage | null): Promise<boolean> {
  if (keepInFrame(key, secret)) return true;
  return firstTrue([cookiesAreKept(), storage?.put(key, secret)]);
}

/** Brings the secret to the server, and gives the activity's address. */
async function prove(key: string, ticket: string, storage: PlatformStorage | null): Promise<string | undefined> {
  const kept = takeFromFrame(key);
  if (kept) return sent(ticket, kept, "frame");
  const found = await storage?.get(key);
  return found ? sent(ticket, found, "platform") : undefined;
}

async function sent(ticket: string, secret: string, from: From): Promise<string | undefined> {
  const response = await fetch("/lti/launch/proof", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ticket, secret, from }),
  });
  if (!response.ok) return undefined;
  const { address } = (await response.json()) as { address: string };
  return address;
}

function firstTrue(questions: Array<Promise<boolean> | undefined>): Promise<boolean> {
  const yes = questions.map(async (question) => (await question) || Promise.reject(new Error("no")));
  return Promise.any(yes).then(() => true, () => false);
}

const tag = document.getElementById("launch");
if (tag instanceof HTMLScriptElement) void run(tag);
