// What the platform keeps for tools whose frames may keep nothing (1EdTech: LTI Client Side postMessages, Platform Storage).
//
// Messages go to the origin of the registered authorization address and to no other, and answers count only from there: a page of
// somebody else's round this frame neither hears a secret nor can say one. That the platform offers storage is a hint; some
// never answer, and then the time is over soon.

/** How long the platform may take to say what it can do, and to do it, in milliseconds. */
const CAPABILITIES_LIMIT = 500;
const STORAGE_LIMIT = 1000;

/** The subjects' beginnings, as the specification has them and as they were before it was released. */
const SPELLINGS = ["lti.", "org.imsglobal.lti."] as const;

type Fields = Record<string, unknown>;

/** Whom to ask, and how. */
interface Door {
  windows: Window[];
  spellings: readonly string[];
}

export class PlatformStorage {
  private door?: Promise<Door>;

  /** Speaks to `origin` only; `target` is the frame that the platform named at the login. */
  constructor(private readonly origin: string, private readonly target: string) {}

  /** Lets the platform keep a secret, and says whether it does. */
  async put(key: string, value: string): Promise<boolean> {
    const answer = await this.asked("put_data", { key: `ltt.login.${key}`, value });
    // Some only say that it went well.
    return answer !== undefined && (answer.value ?? value) === value;
  }

  /** The secret that the platform keeps. */
  async get(key: string): Promise<string | undefined> {
    const answer = await this.asked("get_data", { key: `ltt.login.${key}` });
    return typeof answer?.value === "string" && answer.value ? answer.value : undefined;
  }

  private async asked(subject: string, fields: Fields): Promise<Fields | undefined> {
    this.door ??= this.find();
    const { windows, spellings } = await this.door;
    return this.first(windows, spellings, subject, fields, STORAGE_LIMIT);
  }

  /** The frame that the platform says it keeps things in; else the one it named at the login, its page round us, or the page that
   * opened ours. */
  private async find(): Promise<Door> {
    const around = [window.parent, window.opener as Window | null].filter((one) => one !== null && one !== window) as Window[];
    const named = around.flatMap((one) => frameOf(one, this.target));
    const windows = [...new Set([...named, ...around])];
    const answer = await this.first(windows, SPELLINGS, "capabilities", {}, CAPABILITIES_LIMIT);
    const supported = Array.isArray(answer?.supported_messages) ? (answer.supported_messages as Fields[]) : [];
    const offers = supported.filter((offer) => typeof offer?.subject === "string" && /(^|\.)lti\.put_data$/.test(offer.subject));
    const offer = offers.find((one) => one.subject === "lti.put_data") ?? offers[0];
    if (!offer) return { windows, spellings: SPELLINGS };
    const preferred = typeof offer.frame === "string" ? around.flatMap((one) => frameOf(one, offer.frame as string)) : [];
    return { windows: preferred.length ? preferred : windows, spellings: [(offer.subject as string).replace("put_data", "")] };
  }

  /** Asks all at once, and takes the first answer that is no error; nothing, once the time is over. */
  private first(windows: Window[], spellings: readonly string[], subject: string, fields: Fields, limit: number) {
    return new Promise<Fields | undefined>((settle) => {
      const id = crypto.randomUUID();
      const asked = new Set(spellings.map((spelling) => `${spelling}${subject}.response`));
      const listen = new AbortController();
      const finish = (answer?: Fields) => {
        listen.abort();
        clearTimeout(over);
        settle(answer);
      };
      const over = setTimeout(finish, limit);
      addEventListener("message", ({ origin, source, data }: MessageEvent<Fields | null>) => {
        const known = origin === this.origin && windows.includes(source as Window);
        if (!known || typeof data !== "object" || data === null || data.message_id !== id) return;
        if (asked.has(data.subject as string) && !data.error) finish(data);
      }, { signal: listen.signal });
      for (const one of windows) {
        for (const spelling of spellings) one.postMessage({ subject: spelling + subject, message_id: id, ...fields }, this.origin);
      }
    });
  }
}

/** The frame of that name in a page. Its name may be seen from another site, and a page that has none of it throws. */
function frameOf(page: Window, name: string): Window[] {
  if (name === "_parent") return [page];
  try {
    const frame = (page.frames as unknown as Record<string, Window | undefined>)[name];
    return frame?.window === frame && frame ? [frame] : [];
  } catch {
    return [];
  }
}
