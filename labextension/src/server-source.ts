/** The server as a source: it tells of every job that it knows, whatever the job's kernel does. */

import type { IDisposable } from '@lumino/disposable';

import type { ApiError, Server } from './api/server';
import type { ISocket } from './api/socket';
import type { Problem, StateMessage } from './api/types';
import type { Acquaintance, Source } from './source';
import type { Answer, RequestKind, ViewMessage } from './view/types';

const FEW = 10; // jobs among which one with the id that was asked for must be

export class ServerSource implements Source {
  constructor(
    private readonly _server: Pick<Server, 'jobs' | 'node' | 'cancel' | 'retry'>,
    private readonly _socket: ISocket
  ) {}

  /** Begin to tell: what comes of jobs, and that acquaintances are others now. */
  listen(hear: (message: ViewMessage) => void, changed: () => void): void {
    this._hear = hear;
    this._changed = changed;
    this._socket.stateChanged.connect((_, state) => {
      if (state === 'offline' || state === 'absent') {
        this._known.clear(); // a server that comes back may be another
      }
      if (state !== 'connecting') {
        changed();
      }
    });
  }

  acquaintance(job: string): Acquaintance {
    const { state } = this._socket;
    return state === 'offline' || state === 'absent' ? 'stranger' : (this._known.get(job) ?? 'asked');
  }

  knock({ job, ended }: { job: string; ended: boolean }): void {
    if (this._topics.has(job) || this._asking.has(job)) {
      return;
    }
    if (ended) {
      this._asking.add(job);
      this._turn = this._turn.then(() => this._look(job)); // one by one: a notebook may hold hundreds
    } else {
      void this.follow(job);
    }
  }

  follow(job: string): Promise<void> {
    this._topics.get(job)?.dispose();
    this._topics.set(
      job,
      this._socket.subscribe({ topic: 'state', job }, message => this._take(job, message))
    );
    return Promise.resolve();
  }

  leave(job: string): void {
    this._topics.get(job)?.dispose();
    this._topics.delete(job);
  }

  async request(kind: RequestKind, job: string): Promise<Answer> {
    try {
      if (kind === 'retry') {
        return { ok: true, job: await this._server.retry(job) };
      }
      await this._server.cancel(job); // one that has ended already is shown as what it is
      return { ok: true };
    } catch (error) {
      const { status, message } = error as ApiError;
      // Without an answer a retry may have begun all the same, and must not begin twice.
      if (status === 404 || (status === 0 && kind === 'cancel')) {
        throw error;
      }
      return { ok: false, message };
    }
  }

  async detail(job: string, node: string): Promise<void> {
    const found =
      this._socket.state === 'open' ? this._socket.detail(job, node) : this._server.node(job, node);
    this._hear({ type: 'detail', job, node, detail: await found });
  }

  private _take(job: string, message: StateMessage | Problem): void {
    switch (message.type) {
      case 'snapshot':
      case 'patch':
        this._told(job, message);
        break;
      case 'end':
        this._topics.delete(job);
        break;
      case 'gone':
      case 'error':
        this._topics.delete(job);
        this._know(job, 'stranger');
        break;
    }
  }

  private _told(job: string, message: ViewMessage): void {
    const before = this._known.get(job);
    this._known.set(job, 'met');
    this._hear(message); // before it is settled anew who tells of the job
    if (before !== 'met') {
      this._changed();
    }
  }

  /** Ask whether there is such a job, which has ended and so needs no following. */
  private async _look(job: string): Promise<void> {
    try {
      const { jobs } = await this._server.jobs({ q: job, limit: FEW });
      this._know(job, jobs.some(({ id }) => id === job) ? 'met' : 'stranger');
    } catch {
      this._know(job, 'stranger');
    } finally {
      this._asking.delete(job);
    }
  }

  private _know(job: string, acquaintance: Acquaintance): void {
    if (this._known.get(job) !== acquaintance) {
      this._known.set(job, acquaintance);
      this._changed();
    }
  }

  private readonly _known = new Map<string, Acquaintance>();
  private readonly _topics = new Map<string, IDisposable>();
  private readonly _asking = new Set<string>();
  private _turn = Promise.resolve();
  private _hear: (message: ViewMessage) => void = () => undefined;
  private _changed: () => void = () => undefined;
}
