import { createSign, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { lmsAddress, lttAddress, type Ports, type Registration } from './ltt';
import { PROJECT } from './sample_project';

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const CLIENT = 'tool-1';
const KEY = 'key-1';

/**
 * What the platform keeps for its tools: nothing; in the page round them; in a frame that only its capabilities name; by the names
 * of before the specification's release; or it says that it does, and never answers.
 */
export type Storage = 'none' | 'page' | 'frame' | 'old names' | 'mute';

/** A good platform: whoever logs in has to be who is signed in there, and each message hint is good once, as in Moodle. */
export class TestPlatform {
  /** How many hints have been spent. */
  spentHints = 0;
  /** Done before the platform answers a login. */
  beforeAnswer: () => Promise<void> = async () => {};
  private readonly hints = new Map<string, string>();

  protected constructor(
    private readonly server: Server,
    protected readonly ports: Ports,
    private readonly key: KeyObject,
    private readonly publicKey: KeyObject,
  ) {
    server.on('request', (request, response) => {
      this.answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(ports: Ports): Promise<TestPlatform> {
    return new this(...(await TestPlatform.listening(ports)));
  }

  protected static async listening(ports: Ports): Promise<[Server, Ports, KeyObject, KeyObject]> {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const server = createServer().listen(ports.lms, '127.0.0.1');
    await once(server, 'listening');
    return [server, ports, privateKey, publicKey];
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  get registration(): Registration {
    const at = (path: string) => `${lmsAddress(this.ports)}/${path}`;
    return { issuer: at(''), client_id: CLIENT, deployment_id: '1', auth_url: at('auth'), token_url: at('token'), jwks_url: at('keys') };
  }

  /** Signs somebody in and shows a unit with so many activities. */
  unit(user: string, storage: Storage = 'none', frames = 1): string {
    return `${lmsAddress(this.ports)}/sign-in?${new URLSearchParams({ user, storage, frames: String(frames) })}`;
  }

  /** Where an activity begins for somebody who is signed in. */
  activity(storage: Storage = 'none', number = 1): string {
    return `${lmsAddress(this.ports)}/open?${new URLSearchParams({ storage, number: String(number) })}`;
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', lmsAddress(this.ports));
    const asked = Object.fromEntries(searchParams);
    const user = /(?:^|; )user=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    const page = (html: string) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html);
    const goTo = (location: string, more = {}) => response.writeHead(302, { location, ...more }).end();
    switch (pathname) {
      case '/sign-in':
        return void goTo(`/unit?${searchParams}`, { 'set-cookie': `user=${asked.user}; HttpOnly; Secure; SameSite=None; Path=/` });
      case '/unit':
        return void page(unitPage(lttAddress(this.ports), asked.storage as Storage, Number(asked.frames)));
      case '/storage':
        return void page(`<!DOCTYPE html><title>Storage</title>${keeper(lttAddress(this.ports), 'page')}`);
      case '/open':
        return void goTo(this.login(user ?? 'nobody', asked.storage as Storage, asked.number ?? '1'));
      case '/auth':
        await this.beforeAnswer();
        return void page(form(asked.redirect_uri ?? '', { state: asked.state ?? '', ...this.authenticate(asked, user) }));
      case '/keys':
        return void response.writeHead(200, { 'content-type': 'application/json' }).end(
          JSON.stringify({ keys: [{ ...this.publicKey.export({ format: 'jwk' }), kid: KEY, alg: 'RS256', use: 'sig' }] }),
        );
      default:
        return void response.writeHead(404).end();
    }
  }

  private login(user: string, storage: Storage, number: string): string {
    const hint = randomUUID();
    this.hints.set(hint, number);
    const login = new URLSearchParams({
      iss: this.registration.issuer,
      client_id: CLIENT,
      login_hint: user,
      lti_message_hint: hint,
      lti_deployment_id: '1',
      target_link_uri: `${lttAddress(this.ports)}/lti/launch`,
    });
    if (storage !== 'none') login.set('lti_storage_target', '_parent');
    return `${lttAddress(this.ports)}/lti/login?${login}`;
  }

  private authenticate(asked: Record<string, string>, user: string | undefined): Record<string, string> {
    const number = this.hints.get(asked.lti_message_hint ?? '');
    if (!user || asked.login_hint !== user) return { error: 'login_required' };
    if (!number) return { error: 'invalid_request', error_description: 'this hint has been used' };
    this.hints.delete(asked.lti_message_hint ?? '');
    this.spentHints += 1;
    return { id_token: this.idToken(user, asked.nonce ?? '', number) };
  }

  private idToken(user: string, nonce: string, number: string): string {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encoded({ alg: 'RS256', kid: KEY })}.${encoded(this.claims(user, nonce, number))}`;
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(this.key, 'base64url')}`;
  }

  /** What the platform tells of a launch. */
  protected claims(user: string, nonce: string, number: string): object {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.registration.issuer,
      aud: CLIENT,
      sub: user,
      nonce,
      iat: now,
      exp: now + 300,
      name: user,
      [`${CLAIM}message_type`]: 'LtiResourceLinkRequest',
      [`${CLAIM}version`]: '1.3.0',
      [`${CLAIM}deployment_id`]: '1',
      [`${CLAIM}target_link_uri`]: `${lttAddress(this.ports)}/lti/launch`,
      [`${CLAIM}roles`]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
      [`${CLAIM}resource_link`]: { id: `link-${number}` },
      [`${CLAIM}context`]: { id: 'course-1', title: 'A course' },
      [`${CLAIM}custom`]: { project: PROJECT },
    };
  }
}

/** A form that sends itself. */
export function form(action: string, fields: Record<string, string>, more = ''): string {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`);
  return `<!DOCTYPE html><form method="post" action="${escaped(action)}" ${more}>${inputs.join('')}</form>
    <script>document.forms[document.forms.length - 1].submit()</script>`;
}

function unitPage(tool: string, storage: Storage, frames: number): string {
  const activities = Array.from({ length: frames }, (_, i) => {
    const address = `/open?${new URLSearchParams({ storage, number: String(i + 1) })}`;
    return `<iframe title="Activity ${i + 1}" width="900" height="700" src="${address.replace('&', '&amp;')}"></iframe>`;
  });
  const keepers = storage === 'frame' ? '<iframe name="keeper" src="/storage" hidden></iframe>' : '';
  return `<!DOCTYPE html><title>A unit</title>${keeper(tool, storage)}${keepers}${activities.join('')}`;
}

/** The script that keeps things for tools, and for nobody else. */
function keeper(tool: string, storage: Storage): string {
  return `<script>
    const how = ${JSON.stringify(storage)};
    const kept = new Map();
    const prefix = how === 'old names' ? 'org.imsglobal.lti.' : 'lti.';
    addEventListener('message', ({ data, origin, source }) => {
      if (how === 'none' || how === 'mute' || origin !== ${JSON.stringify(tool)} || !data?.subject?.startsWith(prefix)) return;
      const answer = (fields) => source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, ...fields }, origin);
      const supported = ['put_data', 'get_data'].map((name) => ({ subject: prefix + name, ...(how === 'frame' && { frame: 'keeper' }) }));
      switch (data.subject.slice(prefix.length)) {
        case 'capabilities': return answer({ supported_messages: supported });
        case 'put_data': if (how !== 'frame') kept.set(data.key, data.value), answer({ key: data.key, value: data.value }); return;
        case 'get_data': if (how !== 'frame') answer({ key: data.key, value: kept.get(data.key) }); return;
      }
    });
  </script>`;
}
