/** A server as the page sees it: its routes and its socket, which answer as a test says. */

import { ServerConnection } from '@jupyterlab/services';

import { Server } from '../src/api/server';
import { EventSocket } from '../src/api/socket';
import { settled } from './kernel';

type Content = Record<string, unknown>;

/** One connection, opened by the page. */
export class FakeSocket {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Content[] = [];
  closed = false;

  constructor(readonly url: string) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Content);
  }
  close(): void {
    this.closed = true;
  }

  greet(): void {
    this.tell({ type: 'hello', v: 1, version: '0.1.0', hub: false });
  }
  tell(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  say(data: unknown): void {
    this.onmessage?.({ data });
  }
  drop(code = 1006): void {
    this.onclose?.({ code });
  }
  /** What was subscribed to and not left since. */
  get topics(): Content[] {
    const left = new Set(this.sent.filter(({ type }) => type === 'unsubscribe').map(({ id }) => id));
    return this.sent.filter(({ type, id }) => type === 'subscribe' && !left.has(id));
  }
  /** The number of the subscription of a job. */
  idOf(job: string): unknown {
    return this.topics.filter(topic => topic.job === job).at(-1)?.id;
  }
}

export interface Got {
  method: string;
  path: string;
  body: string;
  headers: Headers;
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly got: Got[] = [];
  /** What it answers by path, without the query: a status and a body; 0 is no answer. */
  readonly answers: Record<string, [number, unknown]> = { health: [200, { status: 'ok' }] };

  get settings(): ServerConnection.ISettings {
    const { sockets } = this;
    const open = class extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    };
    return ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/user/a b/',
      wsUrl: 'ws://lab.test/user/a b/',
      appendToken: false,
      token: '',
      fetch: this._fetch,
      WebSocket: open as never
    });
  }

  private readonly _fetch = async (asked: unknown): Promise<Response> => {
    const request = asked as Request;
    const path = request.url.replace(/^.*\/nodetool\/api\//, '');
    this.got.push({
      method: request.method,
      path,
      body: await request.text(),
      headers: request.headers
    });
    const [status, body] = this.answers[path.replace(/\?.*$/, '')] ?? [404, { code: 'not_found' }];
    if (status === 0) {
      throw new TypeError('Failed to fetch');
    }
    const empty = body === undefined || status === 204;
    return new Response(empty ? null : typeof body === 'string' ? body : JSON.stringify(body), { status });
  };

  readonly api = new Server(this.settings);

  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket;
  }
  get paths(): string[] {
    return this.got.map(({ method, path }) => `${method} ${path}`);
  }
}

/** A socket of a page, whose chances fall as low as they can. */
export function socketOf(server: FakeServer, present = true): EventSocket {
  return new EventSocket(server.api, { present, random: () => 0 });
}

/** Let everything happen that needs no time. */
export async function calm(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await settled();
  }
}

/** Say whether somebody looks at the page. */
export function look(visible: boolean): void {
  Object.defineProperty(document, 'visibilityState', {
    value: visible ? 'visible' : 'hidden',
    configurable: true
  });
  document.dispatchEvent(new Event('visibilitychange'));
}
