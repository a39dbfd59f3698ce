import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A model behind an OpenAI-compatible address that says what the story wants, when the story wants it. */
export class ScriptedModel {
  /** Every request so far, as it came. */
  readonly requests: string[] = [];
  private readonly waiting: Array<(reply: Reply) => void> = [];
  private readonly unread: Reply[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.receive(request, response));
  }

  static async start(): Promise<ScriptedModel> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedModel(server);
  }

  /** What LTT is told as LTT_TUTOR_BASE_URL. */
  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** The reply that LTT is waiting for, or the next one it will wait for. */
  asked(): Promise<Reply> {
    const reply = this.unread.shift();
    return reply ? Promise.resolve(reply) : new Promise((resolve) => this.waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    if (!request.url?.endsWith('/chat/completions')) {
      response.writeHead(404).end();
      return;
    }
    this.requests.push(body);
    const reply = new Reply(response);
    const taken = this.waiting.shift();
    if (taken) taken(reply);
    else this.unread.push(reply);
  }
}

/** One reply of the model, as it is being written. */
export class Reply {
  /** Whether LTT has hung up. */
  abandoned = false;

  constructor(private readonly response: ServerResponse) {
    response.on('close', () => (this.abandoned = !response.writableFinished));
  }

  /** Says some more. */
  say(text: string): void {
    this.begin();
    this.send({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
  }

  /** Has said everything. */
  end(): void {
    this.begin();
    this.send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    this.response.end('data: [DONE]\n\n');
  }

  /** Breaks off in the middle. */
  cut(): void {
    this.response.destroy();
  }

  /** Refuses with this status. */
  refuse(status: number): void {
    this.response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
  }

  private begin(): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'content-type': 'text/event-stream' });
  }

  private send(chunk: object): void {
    const whole = { id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', ...chunk };
    this.response.write(`data: ${JSON.stringify(whole)}\n\n`);
  }
}
