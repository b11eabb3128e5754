/** The WebSocket itself: opened while it is wanted, and opened again, ever more patiently, while the server is away. */

import { URLExt } from '@jupyterlab/coreutils';

import { isObject } from '../view/read';
import type { JsonObject } from '../view/types';
import { API, ApiError } from './server';
import type { Server } from './server';

/** `offline`: the server does not answer, and is tried again; `absent`: it has no extension of ours. */
export type SocketState = 'connecting' | 'open' | 'offline' | 'absent';

const FIRST = 200; // ms until the first new attempt, or up to twice as long
const LONGEST = 10_000; // ms between two attempts
const PATIENCE = 10_000; // ms in which the server must have said hello
const STEADY = 5000; // ms after which a connection is taken for a good one
const REFUSED = 4403; // the close code where the right to look was taken away

export class Connection {
  constructor(
    private readonly _server: Server,
    private readonly _hear: (message: JsonObject) => void,
    private readonly _changed: () => void,
    private readonly _present: boolean,
    private readonly _random: () => number
  ) {
    this._state = _present ? 'connecting' : 'absent';
    window.addEventListener('online', this._again);
  }

  get state(): SocketState {
    return this._state;
  }

  /** Whether messages can be sent: the server has said hello. */
  get open(): boolean {
    return this._greeted;
  }

  /** Keep a connection from now on, or none. */
  want(wanted: boolean): void {
    this._wanted = wanted && this._present;
    if (this._state === 'absent') {
      return;
    }
    if (!wanted) {
      this._stop();
      this._attempts = 0;
      this._set('connecting'); // as soon as it is wanted
    } else if (this._socket === null && !this._waiting) {
      this._open();
    }
  }

  send(message: JsonObject): void {
    this._socket?.send(JSON.stringify(message));
  }

  /** Try at once what is waited for; also whether the extension is there again. */
  hurry(): void {
    if (this._socket === null && (this._timer || this._state === 'absent')) {
      this._attempts = 0;
      this._retry(0);
    }
  }

  dispose(): void {
    window.removeEventListener('online', this._again);
    this.want(false);
  }

  private _open(): void {
    const { wsUrl, token, appendToken, WebSocket } = this._server.settings;
    const url = URLExt.join(wsUrl, API, 'events/ws');
    const socket = new WebSocket(appendToken && token ? `${url}?token=${encodeURIComponent(token)}` : url);
    this._socket = socket;
    this._timer = window.setTimeout(() => this._lost(), PATIENCE);
    socket.onmessage = ({ data }) => this._take(data);
    socket.onclose = ({ code }) => this._lost(code);
  }

  private _take(data: unknown): void {
    const message = parsed(data);
    if (message === null) {
      return;
    }
    if (message.type === 'hello' && !this._greeted) {
      window.clearTimeout(this._timer);
      this._timer = 0;
      this._greeted = true;
      this._since = performance.now();
    }
    this._hear(message);
    if (this._greeted) {
      this._become('open');
    }
  }

  /** The connection ended, or did not come about. */
  private _lost(code = 0): void {
    const greeted = this._greeted;
    if (greeted && performance.now() - this._since >= STEADY) {
      this._attempts = 0;
    }
    this._stop();
    this._become(greeted && code !== REFUSED ? 'connecting' : 'offline');
    this._retry(code === REFUSED ? LONGEST : this._pause());
  }

  private _pause(): number {
    const pause = FIRST * 2 ** this._attempts * (1 + this._random());
    this._attempts = Math.min(this._attempts + 1, 10);
    return Math.min(LONGEST, pause);
  }

  private _retry(after: number): void {
    window.clearTimeout(this._timer);
    if (this._wanted) {
      this._timer = window.setTimeout(() => void this._knock(), after);
    }
  }

  /** Ask whether the server is there, which tells more of a failure than a WebSocket does. */
  private async _knock(): Promise<void> {
    this._timer = 0;
    const round = (this._round += 1);
    this._asking = true;
    const status = await this._server.ask('GET', 'health').then(
      () => 200,
      (error: unknown) => (error instanceof ApiError ? error.status : 0)
    );
    if (round !== this._round) {
      return;
    }
    this._asking = false;
    if (status === 404) {
      this._become('absent'); // for now: it may be a proxy that says so
    } else if (status === 200) {
      this._open();
    } else {
      this._become('offline');
      this._retry(this._pause());
    }
  }

  private _stop(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    this._round += 1;
    this._asking = this._greeted = false;
    const socket = this._socket;
    this._socket = null;
    if (socket !== null) {
      socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  /** The network is another: what was open may be dead without having been closed. */
  private readonly _again = (): void => {
    if (this._socket !== null) {
      this._lost();
    }
    this.hurry();
  };

  private _become(state: SocketState): void {
    if (!(state === 'connecting' && this._state === 'offline')) {
      this._set(state);
    }
  }

  private _set(state: SocketState): void {
    if (state !== this._state) {
      this._state = state;
      this._changed();
    }
  }

  /** Whether an attempt is planned or under way. */
  private get _waiting(): boolean {
    return this._timer !== 0 || this._asking;
  }

  private _state: SocketState;
  private _wanted = false;
  private _socket: WebSocket | null = null;
  private _greeted = false;
  private _asking = false;
  private _since = 0;
  private _attempts = 0;
  private _timer = 0;
  private _round = 0;
}

function parsed(data: unknown): JsonObject | null {
  try {
    const message = JSON.parse(String(data)) as unknown;
    return isObject(message) ? message : null;
  } catch {
    return null;
  }
}
