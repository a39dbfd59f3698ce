import { lmsAddress, type Ports } from '../stage/ltt';

/** What a launch ends with. */
export interface Opened {
  /** The page as it came. */
  html: string;
  /** The session's token. */
  token: string;
}

/** A launch from the demo LMS. */
export function launch(ports: Ports, learner: string, activity = 'whole-project'): Promise<Opened> {
  return launchFrom(`${lmsAddress(ports)}/open/${activity}?as=${learner}`);
}

/** A launch as a browser does it, from the platform's link to the page, without drawing anything. The platform gets its own cookie. */
export async function launchFrom(link: string, own: Record<string, string> = {}): Promise<Opened> {
  const login = target(await fetch(link, { redirect: 'manual', headers: own }));
  const authorization = await fetch(login, { redirect: 'manual' });
  const cookie = authorization.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
  const form = await (await fetch(target(authorization), { headers: own })).text();
  const launched = await fetch(attribute(form, /<form[^>]*\baction="([^"]+)"/), {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie },
    body: new URLSearchParams([...form.matchAll(/<input\b[^>]*>/g)].map(([input]) => field(input))),
  });
  const html = await (await fetch(new URL(target(launched), launched.url))).text();
  const session = JSON.parse(attribute(html, /<script[^>]*\bid="session"[^>]*>([^<]+)</)) as { token: string };
  return { html, token: session.token };
}

function target(response: Response): string {
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.url} answers ${response.status} and leads nowhere`);
  return location;
}

function field(input: string): [string, string] {
  return [attribute(input, /\bname="([^"]*)"/), attribute(input, /\bvalue="([^"]*)"/)];
}

function attribute(html: string, pattern: RegExp): string {
  const found = pattern.exec(html)?.[1];
  if (found === undefined) throw new Error(`nothing matches ${pattern} in: ${html.slice(0, 300)}`);
  return found.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
