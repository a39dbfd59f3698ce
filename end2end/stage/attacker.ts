import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lttAddress, type Ports } from './ltt';
import type { TestPlatform } from './platform';

/** What somebody has in hand who began a launch of their own, on their own machine. */
export interface OwnLaunch {
  state: string;
  token: string;
  /** What their browser would keep in storage, and in its cookies. */
  secret: string;
  cookies: string;
}

/** Somebody with an account on the platform, a machine, and a site of their own that the victim visits. */
export class Attacker {
  private pages: string[] = [];

  private constructor(private readonly server: Server, private readonly ports: Ports, private readonly platform: TestPlatform) {
    server.on('request', (request, response) => {
      const html = this.pages[Number(request.url?.slice(1))];
      response.writeHead(html ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    });
  }

  /** A third site: neither LTT's nor the platform's. */
  static async start(ports: Ports, platform: TestPlatform): Promise<Attacker> {
    const server = createServer().listen(0, '127.0.0.2');
    await once(server, 'listening');
    return new Attacker(server, ports, platform);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get address(): string {
    return `http://127.0.0.2:${(this.server.address() as AddressInfo).port}`;
  }

  /** The address of a page of theirs. It says `secret` as a platform's storage would, to whoever asks, and to its frames unasked. */
  page(body: string, secret = ''): string {
    const script = `<script>
      window.heard = [];
      const value = ${JSON.stringify(secret)};
      const names = ['capabilities', 'put_data', 'get_data'].flatMap((name) => ['lti.' + name, 'org.imsglobal.lti.' + name]);
      const supported_messages = names.map((subject) => ({ subject, frame: 'victim' }));
      const say = (to, message_id) => names.forEach((name) =>
        to?.postMessage({ subject: name + '.response', message_id, key: '', value, supported_messages }, '*'));
      addEventListener('message', ({ data, source }) => { heard.push(data); say(source, data?.message_id); });
      setInterval(() => { for (let i = 0; i < frames.length; i++) say(frames[i]); say(window.popup); }, 20);
    </script>`;
    this.pages.push(`<!DOCTYPE html><title>A prize</title>${script}${body}`);
    return `${this.address}/${this.pages.length - 1}`;
  }

  /** Begins an activity of their own, for which the platform offers storage, and gives the login's address. */
  async login(): Promise<string> {
    return target(await fetch(this.platform.activity('page'), { redirect: 'manual', headers: { cookie: 'user=mallory' } }));
  }

  /** A launch of their own, up to what would be posted to LTT. */
  async launch(): Promise<OwnLaunch> {
    const begun = await fetch(await this.login(), { headers: { 'sec-fetch-dest': 'iframe' } });
    const page = await begun.text();
    const cookies = begun.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
    const answer = await (await fetch(told(page, 'platform'), { headers: { cookie: 'user=mallory' } })).text();
    return { state: field(answer, 'state'), token: field(answer, 'id_token'), secret: told(page, 'secret'), cookies };
  }

  /** The ticket of a launch of their own that waits for its proof. */
  async ticket(launch: OwnLaunch): Promise<string> {
    return told(await (await this.post(launch, '')).text(), 'ticket');
  }

  /** The address of an activity of their own, unopened. */
  async opened(): Promise<string> {
    const launch = await this.launch();
    return `${lttAddress(this.ports)}${target(await this.post(launch, launch.cookies))}`;
  }

  /** What LTT answers to a proof from a program, which can pretend to be any page. */
  async prove(ticket: string, secret: string): Promise<number> {
    const headers = { origin: lttAddress(this.ports), 'content-type': 'application/json' };
    const body = JSON.stringify({ ticket, secret, from: 'frame' });
    return (await fetch(`${lttAddress(this.ports)}/lti/launch/proof`, { method: 'POST', headers, body })).status;
  }

  private post({ state, token }: OwnLaunch, cookie: string): Promise<Response> {
    const body = new URLSearchParams({ state, id_token: token });
    return fetch(`${lttAddress(this.ports)}/lti/launch`, { method: 'POST', body, headers: { cookie }, redirect: 'manual' });
  }
}

function target(response: Response): string {
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.url} answers ${response.status} and leads nowhere`);
  return location;
}

const told = (html: string, name: string) => found(html, new RegExp(` data-${name}="([^"]*)"`));
const field = (html: string, name: string) => found(html, new RegExp(`name="${name}" value="([^"]*)"`));

function found(html: string, pattern: RegExp): string {
  const text = pattern.exec(html)?.[1];
  if (text === undefined) throw new Error(`nothing matches ${pattern} in: ${html.slice(0, 500)}`);
  return text.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
