/** Every job of the user, newest first, kept current by the topic `jobs` while somebody looks. */

import { DisposableDelegate } from '@lumino/disposable';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { ISocket, SocketState } from '../api/socket';
import type { JobRecord, JobsMessage, Problem } from '../api/types';
import { TERMINAL } from '../view/wording';

/** How the list stands: not yet heard, current, not reachable now, refused, or a server without our extension. */
export type RosterState = 'loading' | 'ready' | 'offline' | 'refused' | 'absent';

/** What changed: the ids of jobs, or everything. */
export type RosterChange = ReadonlySet<string> | 'all';

export interface Roster {
  readonly state: RosterState;
  /** Why the server refuses the list, where it does. */
  readonly problem: Problem | null;
  /** The jobs that are known here, newest first: all that have not ended, and the newest of the others. */
  readonly jobs: readonly JobRecord[];
  /** How many there are on the server. */
  readonly total: number;
  /** When it was last heard, in ms since the epoch; 0 before. */
  readonly heard: number;
  readonly changed: ISignal<Roster, RosterChange>;
  /** A job that began or went on since the list was first heard has ended. */
  readonly ended: ISignal<Roster, JobRecord>;
  get(job: string): JobRecord | undefined;
  /**
   * Follow the jobs until the result is disposed; the topic is left when nobody follows any more. A page that is
   * hidden for long is told nothing, unless `hidden`.
   */
  watch(options?: { hidden?: boolean }): IDisposable;
  /** Ask once more, after the server refused. */
  again(): void;
}

/** Tell whether a job has ended. */
export function hasEnded(record: JobRecord): boolean {
  return TERMINAL.has(record.status);
}

/** Newest first; of jobs of one moment the order is the same in every list. */
export function newestFirst(one: JobRecord, other: JobRecord): number {
  return (other.submitted ?? 0) - (one.submitted ?? 0) || (one.id < other.id ? 1 : -1);
}

/** The roster of a page. */
export class ServerRoster implements Roster {
  constructor(private readonly _socket: ISocket) {
    _socket.stateChanged.connect(this._connected, this);
    this._before = _socket.state;
  }

  readonly changed = new Signal<this, RosterChange>(this);
  readonly ended = new Signal<this, JobRecord>(this);

  get state(): RosterState {
    if (this._socket.state === 'absent') {
      return 'absent';
    }
    if (this.problem !== null) {
      return 'refused';
    }
    if (this._socket.state === 'offline') {
      return 'offline';
    }
    return this.heard ? 'ready' : 'loading';
  }

  problem: Problem | null = null;
  total = 0;
  heard = 0;

  get jobs(): readonly JobRecord[] {
    this._sorted ??= [...this._known.values()].sort(newestFirst);
    return this._sorted;
  }

  get(job: string): JobRecord | undefined {
    return this._known.get(job);
  }

  watch(options: { hidden?: boolean } = {}): IDisposable {
    const hidden = options.hidden === true;
    this._watching[hidden ? 'hidden' : 'seen'] += 1;
    this._follow();
    return new DisposableDelegate(() => {
      this._watching[hidden ? 'hidden' : 'seen'] -= 1;
      this._follow();
    });
  }

  again(): void {
    this.problem = null;
    this._leave();
    this._follow();
    this.changed.emit('all');
  }

  /** Follow the topic as those who watch need it. */
  private _follow(): void {
    const { hidden, seen } = this._watching;
    const wanted = hidden ? 'hidden' : seen ? 'seen' : null;
    if (wanted === this._followed || (wanted !== null && this._followed === 'hidden')) {
      return;
    }
    this._leave();
    this._followed = wanted;
    if (wanted !== null) {
      const hear = (message: JobsMessage | Problem) => this._take(message);
      this._topic = this._socket.subscribe({ topic: 'jobs' }, hear, { hidden: wanted === 'hidden' });
    }
  }

  private _leave(): void {
    this._followed = null;
    this._topic?.dispose();
    this._topic = null;
  }

  private _connected(_: unknown, state: SocketState): void {
    if (state !== this._before) {
      this._before = state;
      this.changed.emit('all');
    }
  }

  private _take(message: JobsMessage | Problem): void {
    if (message.type === 'error') {
      this.problem = message;
      this.changed.emit('all');
      return;
    }
    const first = this.heard === 0;
    this.heard = Date.now();
    this.problem = null;
    switch (message.type) {
      case 'jobs':
        this._list(message.jobs, message.total, first);
        break;
      case 'job':
        this._change([message.job]);
        break;
      case 'changed':
        this._change(message.jobs);
        break;
      case 'removed':
        this._remove(message.jobs);
        break;
    }
  }

  /** Take a whole list; what ended while nothing was heard has ended now. */
  private _list(jobs: readonly JobRecord[], total: number, first: boolean): void {
    const before = this._known;
    const newest = this.jobs[0];
    this._known = new Map(jobs.map(record => [record.id, record]));
    this._sorted = null;
    this.total = total;
    this.changed.emit('all');
    if (first) {
      return;
    }
    for (const record of jobs) {
      const known = before.get(record.id);
      const went = known ? !hasEnded(known) : !newest || newestFirst(record, newest) < 0;
      if (went && hasEnded(record)) {
        this.ended.emit(record);
      }
    }
  }

  private _change(jobs: readonly JobRecord[]): void {
    const over: JobRecord[] = [];
    for (const record of jobs) {
      const known = this._known.get(record.id);
      this.total += known ? 0 : 1;
      this._known.set(record.id, record);
      if (hasEnded(record) && !(known && hasEnded(known))) {
        over.push(record);
      }
    }
    this._sorted = null;
    this.changed.emit(new Set(jobs.map(({ id }) => id)));
    over.forEach(record => this.ended.emit(record));
  }

  private _remove(jobs: readonly string[]): void {
    for (const job of jobs) {
      this._known.delete(job);
    }
    this.total = Math.max(this._known.size, this.total - jobs.length);
    this._sorted = null;
    this.changed.emit(new Set(jobs));
  }

  private _known = new Map<string, JobRecord>();
  private _sorted: JobRecord[] | null = null;
  private _topic: IDisposable | null = null;
  private _followed: 'hidden' | 'seen' | null = null;
  private _before: SocketState;
  private readonly _watching = { hidden: 0, seen: 0 };
}
