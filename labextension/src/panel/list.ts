/** The list of jobs: a filter, the groups with their rows, and what is said where there are none. */

import type { JobRecord } from '../api/types';
import { Fold } from '../components/fold';
import { Keyed } from '../components/keyed';
import { button } from '../components/message';
import { Roving } from '../components/roving';
import type { Groups, Listing } from '../model/listing';
import { hasEnded } from '../model/roster';
import type { Roster } from '../model/roster';
import { h, mark, write } from '../view/dom';
import { Frame, Ticker } from '../view/frame';
import { grouped, moment } from '../view/wording';
import { Filter } from './filter';
import { Row } from './row';
import type { Quick } from './row';
import { says } from './says';
import type { Why } from './says';
import type { PanelStrings } from './strings';

/** What can be done from the list. */
export interface ListActs {
  open(job: string): void;
  quick(job: string, act: Quick): void;
  remove(record: JobRecord): void;
}

const GROUPS = ['running', 'queued', 'recent'] as const;

type GroupName = (typeof GROUPS)[number];

export class JobList {
  readonly element: HTMLElement;

  constructor(
    private readonly _listing: Listing,
    private readonly _roster: Roster,
    private readonly _strings: PanelStrings,
    private readonly _acts: ListActs,
    private readonly _now: () => number = () => Date.now() / 1000
  ) {
    this._hint.id = 'nodetool-panel-keys';
    write(this._hint, _strings.keys);
    this._more = button(_strings.more, () => void _listing.more(), 'nt-button ntp-more');
    for (const name of GROUPS) {
      this._groups.set(name, this._group(name));
    }
    this._filter = new Filter(
      _strings,
      filter => (_listing.filter = filter),
      () => this._roving.first()
    );
    this.element = h(
      'div',
      { class: 'ntp-jobs' },
      this._filter.element,
      this._offline,
      this._hint,
      this._body,
      this._message,
      h('div', { class: 'ntp-foot' }, this._count, this._more)
    );
    this._body.append(...[...this._groups.values()].map(({ fold }) => fold.element));
    this._roving = new Roving(this._body, '.ntp-fold[open] .ntp-row', 'vertical');
    this._listen();
    this._frame = new Frame(() => this._draw());
    this._ticker = new Ticker(this._body, () => this._tick());
    _listing.changed.connect(this._ask, this);
    this._draw();
  }

  /** Mark the job whose details are shown. */
  select(job: string | null): void {
    this._selected = job;
    this._frame.ask();
  }

  /** Bring the focus to a job, or to the first, or to the filter where there is none. */
  focus(job: string | null = null): void {
    const row = job === null ? null : this._row(job);
    if (row) {
      this._roving.stand(row);
    }
    (this._roving.here ?? this._filter).focus();
  }

  /** Show these groups only. */
  offer(names: readonly string[]): void {
    this._offered = new Set(names);
    this._frame.ask();
  }

  dispose(): void {
    this._listing.changed.disconnect(this._ask, this);
    this._frame.dispose();
    this._ticker.dispose();
  }

  private _ask(): void {
    this._frame.ask();
  }

  private _group(name: GroupName) {
    const fold = new Fold(name, this._strings[name], () => this._roving.settle());
    const rows = h('div', {
      ...{ class: 'ntp-rows', role: 'listbox', 'aria-label': this._strings[name] },
      'aria-describedby': this._hint.id
    });
    fold.body.append(rows);
    const keyed = new Keyed<JobRecord, Row>(
      rows,
      record => record.id,
      record => new Row(record.id, this._strings, this._now)
    );
    return { fold, keyed };
  }

  private _listen(): void {
    this._body.addEventListener('click', event => {
      const target = event.target as Element;
      const job = target.closest<HTMLElement>('.ntp-row')?.dataset.job;
      const quick = target.closest('[data-quick]')?.getAttribute('data-quick');
      if (job !== undefined && quick) {
        this._acts.quick(job, quick as Quick);
      } else if (job !== undefined) {
        this._acts.open(job);
      }
    });
    this._body.addEventListener('keydown', event => {
      const job = (event.target as Element).closest<HTMLElement>('.ntp-row')?.dataset.job;
      if (
        job !== undefined &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.altKey &&
        this._press(event.key, job)
      ) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
  }

  private _press(key: string, job: string): boolean {
    const record = this._listing.get(job);
    if (key === 'Enter' || key === ' ') {
      this._acts.open(job);
    } else if (key === 'Delete' && record) {
      if (hasEnded(record)) {
        this._acts.remove(record);
      } else {
        this._acts.quick(job, 'cancel');
      }
    } else {
      return false;
    }
    return true;
  }

  private _row(job: string): HTMLElement | null {
    for (const { keyed } of this._groups.values()) {
      const row = keyed.parts.get(job);
      if (row) {
        return row.element;
      }
    }
    return null;
  }

  private _draw(): void {
    const groups = this._listing.groups;
    const here = this._roving.here;
    const place = here?.contains(document.activeElement) ? this._placeOf(here) : -1;
    for (const [name, { fold, keyed }] of this._groups) {
      const jobs = this._offered.has(name) ? groups[name] : [];
      fold.element.hidden = jobs.length === 0;
      fold.note(grouped(jobs.length));
      keyed.draw(jobs);
    }
    this._roving.settle();
    if (place >= 0 && !this._body.contains(here)) {
      this._keepFocus(place);
    }
    this._mark();
    this._foot(groups);
    this._say(groups);
    this._ticker.want(groups.running.length > 0);
  }

  /** Where the job with the focus is gone, the one in its place has it. */
  private _keepFocus(place: number): void {
    const rows = [...this._body.querySelectorAll<HTMLElement>('.ntp-row')];
    const next = rows[Math.min(place, rows.length - 1)];
    if (next) {
      this._roving.go(next);
    } else {
      this._filter.focus();
    }
  }

  private _placeOf(row: HTMLElement): number {
    return [...this._body.querySelectorAll('.ntp-row')].indexOf(row);
  }

  private _mark(): void {
    for (const { keyed } of this._groups.values()) {
      for (const [id, row] of keyed.parts) {
        mark(row.element, 'aria-selected', String(id === this._selected));
      }
    }
  }

  private _foot(groups: Groups): void {
    const words = this._strings;
    const { text, state } = this._listing.filter;
    const total = this._roster.total;
    const narrow = Boolean(text.trim() || state);
    const known = narrow
      ? words.matching(total, grouped(groups.matching), grouped(total))
      : words.count(total, grouped(total));
    const shown = total > 0 && this._roster.heard > 0;
    write(this._count, !shown ? '' : this._listing.problem || known);
    this._more.hidden = !groups.more || this._roster.state !== 'ready';
    this._more.disabled = this._listing.busy;
    write(this._more, this._listing.busy ? words.loadingMore : words.more);
  }

  /** Say why there are no jobs, or that they may be old. */
  private _say(groups: Groups): void {
    const { state, heard } = this._roster;
    this._offline.hidden = state !== 'offline' || !heard;
    if (!this._offline.hidden) {
      const words = this._strings;
      write(this._offline, `${words.offline} ${words.offlineSince(moment(heard / 1000))}`);
    }
    mark(this.element, 'data-state', state);
    mark(this._body, 'aria-busy', String(state === 'loading'));
    const shown = groups.matching > 0 ? '' : state === 'ready' && this._roster.total ? 'nothing' : state;
    const key: Why = shown === 'nothing' && this._listing.busy ? 'loading' : shown;
    if (key !== this._said) {
      this._said = key;
      this._message.replaceChildren(...says(key, this._roster, this._strings, () => this._filter.clear()));
    }
  }

  private _tick(): void {
    for (const row of this._groups.get('running')?.keyed.parts.values() ?? []) {
      if (row.ticks) {
        row.tick();
      }
    }
  }

  private readonly _groups = new Map<GroupName, { fold: Fold; keyed: Keyed<JobRecord, Row> }>();
  private readonly _filter: Filter;
  private readonly _hint = h('p', { class: 'nt-unseen' });
  private readonly _body = h('div', { class: 'ntp-groups' });
  private readonly _message = h('div', { class: 'ntp-says' });
  private readonly _offline = h('p', { class: 'ntp-banner', role: 'status', hidden: '' });
  private readonly _count = h('span', { class: 'ntp-soft' });
  private readonly _more: HTMLButtonElement;
  private readonly _roving: Roving;
  private readonly _frame: Frame;
  private readonly _ticker: Ticker;
  private _offered: ReadonlySet<string> = new Set<string>(GROUPS);
  private _selected: string | null = null;
  private _said: Why | null = null;
}
