// The frame's own storage. Browsers that keep it keep it apart for each site round the frame; others let any access throw.
// Frames of one course unit share it, so each login has a key of its own.

const name = (key: string) => `ltt.login.${key}`;

/** Keeps a secret, and says whether it is there. */
export function keepInFrame(key: string, secret: string): boolean {
  try {
    sessionStorage.setItem(name(key), secret);
    return sessionStorage.getItem(name(key)) === secret;
  } catch {
    return false;
  }
}

/** A secret that was kept; it is good once, so it does not stay. */
export function takeFromFrame(key: string): string | null {
  try {
    const secret = sessionStorage.getItem(name(key));
    sessionStorage.removeItem(name(key));
    return secret;
  } catch {
    return null;
  }
}
