/** The one socket of a page, by which the server tells of everything that goes on. */

import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { inTime } from '../patience';
import { flag, isObject, number, object, text } from '../view/read';
import type { JsonObject } from '../view/types';
import { Connection } from './connection';
import type { SocketState } from './connection';
import { ApiError } from './server';
import type { Server } from './server';
import type { MessageOf, Wanted } from './types';

export type { SocketState };

const LINGER = 5000; // ms that a connection is kept which nobody needs
const AWAKE = 30_000; // ms after which a page that nobody looks at sleeps
const LATER = 1000; // ms after which is asked again what the server cannot do just now
const PATIENCE = 10_000; // ms in which a question must have been answered
const FOR_NOW = new Set(['rate_limited', 'unavailable']);
const LAST = new Set(['end', 'gone', 'error']);

/** What a server says of itself. */
export interface Hello {
  version: string;
  /** Whether it is one of a JupyterHub. */
  hub: boolean;
}

export interface Options {
  /** Whether the page was told that its server has the extension; if not, it is never asked for anything. */
  present?: boolean;
  random?: () => number;
}

/** What is used of the socket by those who subscribe. */
export type ISocket = Pick<EventSocket, 'state' | 'hello' | 'subscribe' | 'detail'> & {
  readonly stateChanged: ISignal<unknown, SocketState>;
};

interface Subscription {
  wanted: Wanted;
  hear: (message: JsonObject) => void;
  hidden: boolean;
  /** Whether the server was asked for it. */
  sent: boolean;
  /** Whether the server is to be left alone with it for a moment. */
  held: boolean;
}

interface Question {
  resolve: (detail: JsonObject) => void;
  reject: (error: ApiError) => void;
}

export class EventSocket {
  constructor(server: Server, { present = true, random = Math.random }: Options = {}) {
    this._connection = new Connection(
      server,
      message => this._take(message),
      () => this._changed(),
      present,
      random
    );
    document.addEventListener('visibilitychange', this._look);
    this._look();
  }

  get state(): SocketState {
    return this._connection.state;
  }

  get stateChanged(): ISignal<this, SocketState> {
    return this._stateChanged;
  }

  /** What the server last said of itself. */
  get hello(): Hello | null {
    return this._hello;
  }

  /**
   * Hear of a topic until it is disposed of, or has ended: by `end`, `gone`, or a problem.
   *
   * Each topic begins anew, with its list or snapshot, when the server is there again or the page is looked at again;
   * `events` goes on after the last number instead. A page that is hidden for long hears nothing, except what is
   * wanted `hidden` too.
   */
  subscribe<W extends Wanted>(
    wanted: W,
    hear: (message: MessageOf<W>) => void,
    { hidden = false }: { hidden?: boolean } = {}
  ): IDisposable {
    const id = (this._number += 1);
    const told = hear as unknown as (message: JsonObject) => void;
    this._subscriptions.set(id, { wanted: { ...wanted }, hear: told, hidden, sent: false, held: false });
    this._arrange();
    return new DisposableDelegate(() => {
      if (this._subscriptions.get(id)?.sent && this._connection.open) {
        this._connection.send({ type: 'unsubscribe', id });
      }
      this._subscriptions.delete(id);
      this._arrange();
    });
  }

  /** Ask what is in a node of a job; rejects with an {@link ApiError}. */
  detail(job: string, node: string): Promise<JsonObject> {
    if (!this._connection.open) {
      return Promise.reject(new ApiError(0, 'unreachable', 'the server is not connected'));
    }
    const id = (this._number += 1);
    const answered = new Promise<JsonObject>((resolve, reject) => {
      this._questions.set(id, { resolve, reject });
    });
    this._connection.send({ type: 'detail', id, job, node });
    return inTime(answered, PATIENCE).finally(() => this._questions.delete(id));
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this._look);
    window.clearTimeout(this._dozing);
    window.clearTimeout(this._lingering);
    window.clearTimeout(this._later);
    this._subscriptions.clear();
    this._connection.dispose();
    Signal.clearData(this);
  }

  /** Bring the connection, and what it carries, to what is wanted now. */
  private _arrange(): void {
    const awake = [...this._subscriptions.values()].some(one => this._needs(one));
    window.clearTimeout(this._lingering);
    if (!awake) {
      this._lingering = window.setTimeout(() => this._connection.want(false), LINGER);
    } else {
      this._connection.want(true);
    }
    if (!this._connection.open) {
      return;
    }
    for (const [id, one] of this._subscriptions) {
      const needed = this._needs(one);
      if (needed !== one.sent) {
        one.sent = needed;
        this._connection.send(
          needed ? { type: 'subscribe', id, ...one.wanted } : { type: 'unsubscribe', id }
        );
      }
    }
  }

  private _needs(one: Subscription): boolean {
    return !one.held && (one.hidden || !this._asleep);
  }

  private _take(message: JsonObject): void {
    const id = number(message.id) ?? 0;
    const one = this._subscriptions.get(id);
    if (message.type === 'hello') {
      this._hello = { version: text(message.version), hub: flag(message.hub) };
      this._subscriptions.forEach(one => (one.sent = false)); // a new connection knows of nothing
      this._again();
    } else if (this._questions.has(id)) {
      this._answer(this._questions.get(id) as Question, message);
    } else if (one?.sent) {
      this._tell(id, one, message);
    }
  }

  private _tell(id: number, one: Subscription, message: JsonObject): void {
    if (message.type === 'error' && FOR_NOW.has(text(message.code))) {
      one.sent = false;
      one.held = true;
      this._later ||= window.setTimeout(() => this._again(), LATER);
      return;
    }
    if (one.wanted.topic === 'events' && message.type === 'events') {
      one.wanted.after = number(message.last) ?? one.wanted.after ?? 0;
    }
    if (LAST.has(text(message.type))) {
      this._subscriptions.delete(id);
      this._arrange();
    }
    one.hear(message);
  }

  private _answer({ resolve, reject }: Question, message: JsonObject): void {
    if (message.type === 'detail' && isObject(message.detail)) {
      resolve(object(message.detail));
    } else {
      reject(new ApiError(0, text(message.code) || 'unknown', text(message.message), text(message.hint)));
    }
  }

  /** Ask again for what the server could not do. */
  private _again(): void {
    window.clearTimeout(this._later);
    this._later = 0;
    this._subscriptions.forEach(one => (one.held = false));
    this._arrange();
  }

  private _changed(): void {
    if (!this._connection.open) {
      const gone = new ApiError(0, 'unreachable', 'the server is not connected');
      this._questions.forEach(({ reject }) => reject(gone));
    }
    this._stateChanged.emit(this.state);
  }

  /** The page is looked at, or is not any more. */
  private readonly _look = (): void => {
    window.clearTimeout(this._dozing);
    if (document.visibilityState === 'hidden') {
      this._dozing = window.setTimeout(() => {
        this._asleep = true;
        this._arrange();
      }, AWAKE);
    } else {
      this._asleep = false;
      this._connection.hurry();
      this._arrange();
    }
  };

  private readonly _connection: Connection;
  private readonly _stateChanged = new Signal<this, SocketState>(this);
  private readonly _subscriptions = new Map<number, Subscription>();
  private readonly _questions = new Map<number, Question>();
  private _hello: Hello | null = null;
  private _number = 0;
  private _asleep = false;
  private _dozing = 0;
  private _lingering = 0;
  private _later = 0;
}
