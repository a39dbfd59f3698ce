// Where WebAssembly is missing or blocked, the tasks can still be read.

import type { Session } from "./session";

/** Puts all tasks, as plain reading, in the place of the page. */
export async function showReading(session: Session | null): Promise<void> {
  const reading = session ? await fetchReading(session) : null;
  document.body.replaceChildren(reading ?? sorry());
}

async function fetchReading(session: Session): Promise<Element | null> {
  try {
    const response = await fetch("/activity/read", {
      method: "POST",
      body: new URLSearchParams({ token: session.token }),
    });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector("main");
  } catch {
    return null;
  }
}

function sorry(): HTMLElement {
  const main = document.createElement("main");
  main.className = "message";
  const card = main.appendChild(document.createElement("div"));
  card.className = "message-card";
  card.append(
    paragraph("h1", "This page could not start"),
    paragraph("p", "Check your network and open the activity again from your course. Everything that was saved is kept."),
  );
  return main;
}

function paragraph(kind: "h1" | "p", text: string): HTMLElement {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}
