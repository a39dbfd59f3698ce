// The session of this frame. It stands in the frame's own history.state, which survives reload and Back even where storage
// is refused, and under a key of its launch in sessionStorage where that is allowed. Frames of one course unit share that
// storage, so it is never read without the launch's key.

export interface Session {
  token: string;
  expires_at: string;
  launch: string;
  role: string;
}

const KEY = "ltt";

/** Finds the session, in the document or in the frame, and keeps it in the frame from here on. */
export function openSession(view: string): Session | null {
  const fresh = sessionOfDocument();
  const session = fresh ?? sessionOfFrame();
  if (session) {
    store(session);
    keepThroughNavigation(session);
  }
  // The one-time code of the address is spent: it neither stays in sight nor comes back with a reload.
  if (fresh || location.search.includes("code=")) history.replaceState(history.state, "", view);
  else if (session) history.replaceState(history.state, "");
  return session;
}

function sessionOfDocument(): Session | null {
  // Read where the parser has it: this script stands behind it in the head.
  const text = document.getElementById("session")?.textContent;
  return text ? (JSON.parse(text) as Session) : null;
}

function sessionOfFrame(): Session | null {
  const kept = history.state?.[KEY] as Partial<Session> | undefined;
  if (kept?.token) return kept as Session;
  return kept?.launch ? stored(kept.launch) : null;
}

/** The client router replaces history.state at each navigation; ours is merged into whatever it writes. */
function keepThroughNavigation(session: Session): void {
  for (const name of ["pushState", "replaceState"] as const) {
    const write = history[name].bind(history);
    history[name] = (state, unused, address) => write({ ...(state ?? {}), [KEY]: session }, unused, address);
  }
}

// Access to storage can throw where a browser forbids it to frames.
function store(session: Session): void {
  try {
    sessionStorage.setItem(`${KEY}.${session.launch}`, JSON.stringify(session));
  } catch {
    // history.state has it.
  }
}

function stored(launch: string): Session | null {
  try {
    const text = sessionStorage.getItem(`${KEY}.${launch}`);
    return text ? (JSON.parse(text) as Session) : null;
  } catch {
    return null;
  }
}
