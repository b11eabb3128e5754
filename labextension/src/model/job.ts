/** One job looked into: its record, its request, and its state as the server tells of it. */

import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import { ApiError } from '../api/server';
import type { Server } from '../api/server';
import type { ISocket, SocketState } from '../api/socket';
import type { JobRecord, Problem, StateMessage } from '../api/types';
import { Model } from '../view/model';
import { isObject } from '../view/read';
import type { Connection, JsonObject } from '../view/types';
import type { View } from '../view/view';
import type { Roster, RosterChange } from './roster';

/** What is another now: the job's record or request, its state, or whether it can be reached. */
export type JobChange = 'about' | 'state' | 'connection';

export class JobModel {
  constructor(
    readonly id: string,
    private readonly _server: Pick<Server, 'job'>,
    private readonly _socket: ISocket,
    private readonly _roster: Roster
  ) {
    this.record = _roster.get(id) ?? null;
    _roster.changed.connect(this._listed, this);
    _socket.stateChanged.connect(this._connected, this);
  }

  readonly changed = new Signal<this, JobChange>(this);

  record: JobRecord | null;
  request: JsonObject | null = null;
  notebook: string | null = null;
  state: Model | null = null;

  /** Why there is nothing to show, in words. */
  problem = '';

  /** Whether the server says that there is no such job. */
  gone = false;

  get connection(): Connection {
    return this._socket.state !== 'open' ? 'static' : this._live ? 'live' : 'waiting';
  }

  get ended(): boolean {
    return this.state?.ended ?? false;
  }

  /** Begin, or go on, to follow the job. */
  follow(): void {
    if (this._topic !== null || this.gone) {
      return;
    }
    void this._ask();
    this._topic = this._socket.subscribe({ topic: 'state', job: this.id }, message => this._take(message));
  }

  /** Ask for everything once more. */
  again(): void {
    this.sleep();
    this.follow();
  }

  /** Follow the job no more until it is asked for again. */
  sleep(): void {
    this._topic?.dispose();
    this._topic = null;
    this._live = false;
  }

  /** Show the job in a view for as long as the result lives. */
  show(view: View): void {
    this._view = view;
    if (this.state !== null) {
      view.snapshot(this.state.whole, this._last);
    }
    view.connect(this.connection);
  }

  dispose(): void {
    this.sleep();
    this._view = null;
    this._round += 1;
    this._roster.changed.disconnect(this._listed, this);
    this._socket.stateChanged.disconnect(this._connected, this);
  }

  /** Ask for what the topic does not tell: the request and the notebook. */
  private async _ask(): Promise<void> {
    const round = (this._round += 1);
    try {
      const { job, state, request, notebook } = await this._server.job(this.id);
      if (round !== this._round) {
        return;
      }
      this.record = this._roster.get(this.id) ?? job;
      this.request = request;
      this.notebook = notebook ?? job.notebook ?? null;
      this.problem = '';
      if (this.state === null && isObject(state)) {
        this._snapshot(state);
      }
    } catch (error) {
      if (round !== this._round) {
        return;
      }
      this.gone ||= error instanceof ApiError && error.status === 404;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.changed.emit('about');
  }

  private _take(message: StateMessage | Problem): void {
    switch (message.type) {
      case 'snapshot':
        this._live = true;
        this._snapshot(message.state);
        this._view?.connect(this.connection);
        break;
      case 'patch':
        this._patch(message.n, message.patch);
        break;
      case 'gone':
        this.gone = true;
        this.sleep();
        this.changed.emit('about');
        break;
      case 'end':
        void this._ask(); // the record of the end
        break;
      case 'error':
        this.sleep();
        this.problem = message.message;
        this.changed.emit('about');
        break;
    }
  }

  private _snapshot(state: JsonObject): void {
    if (this.state === null) {
      this.state = new Model(state);
    } else {
      this.state.snapshot(state);
    }
    this._last = 0;
    this._view?.snapshot(state);
    this.changed.emit('state');
  }

  private _patch(n: number, patch: JsonObject): void {
    if (this.state === null || !this.state.patch(n, patch)) {
      this.again(); // one is missing
      return;
    }
    this._last = n;
    this._view?.patch(n, patch);
    this.changed.emit('state');
  }

  private _listed(_: Roster, change: RosterChange): void {
    const record = this._roster.get(this.id);
    if (record && record !== this.record) {
      this.record = record;
      this.changed.emit('about');
    } else if (!record && change !== 'all' && change.has(this.id)) {
      this.gone = true;
      this.sleep();
      this.changed.emit('about');
    }
  }

  private _connected(_: unknown, state: SocketState): void {
    this._live &&= state === 'open';
    this._view?.connect(this.connection);
    this.changed.emit('connection');
  }

  private _topic: IDisposable | null = null;
  private _view: View | null = null;
  private _live = false;
  private _last = 0; // the number of the last patch
  private _round = 0;
}
