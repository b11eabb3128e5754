/** What the list shows of the jobs: those that match, in their groups, as many as were asked for. */

import { Signal } from '@lumino/signaling';

import { ApiError } from '../api/server';
import type { Server } from '../api/server';
import type { JobRecord, JobStatus } from '../api/types';
import { hasEnded, newestFirst } from './roster';
import type { Roster, RosterChange } from './roster';

const PAGE = 200; // ended jobs that are shown at once, and that one question brings
const PAUSE = 250; // ms after the last key before the server is asked

/** What the choice of states offers, and the states that each stands for. */
export const CHOICES = {
  running: ['starting', 'running', 'suspended'],
  queued: ['queued'],
  completed: ['completed'],
  error: ['error'],
  cancelled: ['cancelled']
} as const satisfies Record<string, readonly JobStatus[]>;

export type Choice = keyof typeof CHOICES;

export interface Filter {
  text: string;
  state: Choice | '';
}

export interface Groups {
  running: JobRecord[];
  queued: JobRecord[];
  recent: JobRecord[];
  /** How many of those that are known match, also where not all are shown. */
  matching: number;
  /** Whether there are more than are shown. */
  more: boolean;
}

export class Listing {
  constructor(
    private readonly _roster: Roster,
    private readonly _server: Pick<Server, 'jobs'>
  ) {
    _roster.changed.connect(this._heard, this);
  }

  readonly changed = new Signal<this, void>(this);

  /** Whether the server is asked for more. */
  busy = false;

  /** Why it did not give more, in words; empty where it did. */
  problem = '';

  get filter(): Readonly<Filter> {
    return this._filter;
  }

  /** Show only jobs that match. */
  set filter(filter: Readonly<Filter>) {
    this._filter = { ...filter };
    this._limit = PAGE;
    this._after = undefined;
    this._round += 1;
    this.problem = '';
    this.busy = false;
    window.clearTimeout(this._timer);
    if (this._narrow && this._roster.total > this._all().length) {
      this.busy = true;
      this._timer = window.setTimeout(() => void this._fetch(), PAUSE);
    }
    this.changed.emit();
  }

  /** The jobs as they are to be shown. */
  get groups(): Groups {
    const matching = this._all().filter(record => this._matches(record));
    const groups: Groups = { running: [], queued: [], recent: [], matching: matching.length, more: false };
    let ended = 0;
    for (const record of matching) {
      if (!hasEnded(record)) {
        groups[record.status === 'queued' ? 'queued' : 'running'].push(record);
      } else if ((ended += 1) <= this._limit) {
        groups.recent.push(record);
      }
    }
    groups.queued.sort(nextFirst);
    groups.more = ended > this._limit || (!this._exhausted && this._roster.total > this._all().length);
    return groups;
  }

  /** Show one page more. */
  async more(): Promise<void> {
    const hidden = this.groups.matching > this._limit;
    this._limit += PAGE;
    if (hidden) {
      this.changed.emit();
    } else {
      await this._fetch();
    }
  }

  /** Return a job that is known, also from further back. */
  get(job: string): JobRecord | undefined {
    return this._roster.get(job) ?? this._older.get(job);
  }

  dispose(): void {
    this._round += 1;
    window.clearTimeout(this._timer);
    this._roster.changed.disconnect(this._heard, this);
  }

  private get _narrow(): boolean {
    return this._filter.text.trim() !== '' || this._filter.state !== '';
  }

  private get _exhausted(): boolean {
    return this._after === null;
  }

  private _matches(record: JobRecord): boolean {
    const words = this._filter.text.trim().toLowerCase();
    const said = [record.name, record.workflow, record.id];
    const states: readonly string[] | null = this._filter.state ? CHOICES[this._filter.state] : null;
    return (
      (!words || said.some(one => one?.toLowerCase().includes(words))) &&
      (states === null || states.includes(record.status))
    );
  }

  /** All jobs that are known, newest first. */
  private _all(): readonly JobRecord[] {
    this._merged ??= this._older.size
      ? [...this._roster.jobs, ...[...this._older.values()].filter(({ id }) => !this._roster.get(id))].sort(
          newestFirst
        )
      : this._roster.jobs;
    return this._merged;
  }

  /** Ask for the next page of what matches, until it brings something. */
  private async _fetch(): Promise<void> {
    const round = this._round;
    this.busy = true;
    this.changed.emit();
    try {
      while (this._after !== null) {
        const { jobs, next } = await this._server.jobs(this._query());
        if (round !== this._round) {
          return;
        }
        this._after = next;
        const fresh = jobs.filter(({ id }) => !this.get(id));
        fresh.forEach(record => this._older.set(record.id, record));
        this._merged = null;
        if (fresh.length) {
          break;
        }
      }
      this.problem = '';
    } catch (error) {
      if (round !== this._round) {
        return;
      }
      this.problem = error instanceof ApiError ? error.message : String(error);
    }
    this.busy = false;
    this.changed.emit();
  }

  private _query() {
    const { text, state } = this._filter;
    return {
      sort: '-submitted' as const,
      limit: PAGE,
      ...(text.trim() ? { q: text.trim() } : {}),
      ...(state ? { status: [...CHOICES[state]] } : {}),
      ...(this._after ? { after: this._after } : {})
    };
  }

  private _heard(_: Roster, change: RosterChange): void {
    this._merged = null;
    if (change === 'all') {
      // What was asked for page by page may have a hole now, so asking begins at the front again.
      this._after = this._after === null && !this._narrow ? undefined : this._after;
    } else {
      for (const job of change) {
        if (!this._roster.get(job)) {
          this._older.delete(job);
        }
      }
    }
    this.changed.emit();
  }

  private _filter: Filter = { text: '', state: '' };
  private _limit = PAGE;
  private _after: string | null | undefined = undefined;
  private _merged: readonly JobRecord[] | null = null;
  private _round = 0;
  private _timer = 0;
  private readonly _older = new Map<string, JobRecord>();
}

/** The next to start first; jobs without a place come after. */
function nextFirst(one: JobRecord, other: JobRecord): number {
  return (one.queue_position ?? Infinity) - (other.queue_position ?? Infinity) || -newestFirst(one, other);
}
