/** One job in the list: its state, name, how far it is and how long it took, where it came from. */

import type { JobRecord } from '../api/types';
import { sign } from '../components/tool';
import { h, mark, Sign, write } from '../view/dom';
import { duration, moment, TERMINAL, ticking, tone } from '../view/wording';
import type { PanelStrings } from './strings';

/** What a row offers to the mouse beside being opened; keys have Delete. */
export type Quick = 'cancel' | 'retry';

/** What people call a job. */
export function jobName(record: JobRecord, strings: PanelStrings): string {
  return record.name || record.workflow || strings.view.unnamed;
}

/** The state of a job in words. */
export function stateWord(record: JobRecord, strings: PanelStrings): string {
  const byYou = record.status === 'cancelled' && record.reason === 'cancelled_by_user';
  return byYou ? strings.view.cancelledByYou : strings.view.state(record.status);
}

/** Seconds that a job has run so far, or ran in all; null where it did not start. */
export function spent(record: JobRecord, now: number): number | null {
  const started = record.started ?? null;
  const end = record.ended ?? (TERMINAL.has(record.status) ? null : now);
  return started === null || end === null ? null : Math.max(0, end - started);
}

export class Row {
  readonly element: HTMLElement;

  constructor(
    readonly id: string,
    private readonly _strings: PanelStrings,
    private readonly _now: () => number
  ) {
    this.element = h(
      'div',
      { class: 'ntp-row', role: 'option', tabindex: '-1', 'aria-selected': 'false' },
      this._sign.element,
      h('div', { class: 'ntp-row-line' }, this._name, this._time),
      h('div', { class: 'ntp-row-line ntp-soft' }, this._word, this._more),
      this._bar,
      this._quick
    );
    this._bar.append(this._fill);
    this.element.dataset.job = id;
  }

  /** Whether its time grows. */
  get ticks(): boolean {
    return this._record !== null && !TERMINAL.has(this._record.status) && this._record.status !== 'queued';
  }

  /** Show a job as it is now. */
  draw(record: JobRecord): void {
    if (record === this._record) {
      return;
    }
    this._record = record;
    this._heard = this._now();
    const words = this._strings;
    const { status } = record;
    const over = TERMINAL.has(status);
    const share = over ? null : (record.progress ?? null);
    this._sign.show(status, status === 'running' ? share : (share ?? 0));
    mark(this.element, 'data-tone', tone(status));
    mark(this.element, 'data-status', status);
    const name = jobName(record, words);
    write(this._name, name);
    mark(this._name, 'title', name);
    write(this._word, stateWord(record, words));
    this._bar.hidden = over || status === 'queued';
    this._fill.style.transform = `scaleX(${(share ?? 0).toFixed(4)})`;
    const quick: Quick | '' = !over ? 'cancel' : status === 'completed' ? '' : 'retry';
    this._quick.hidden = quick === '';
    if (quick && this._quick.dataset.quick !== quick) {
      this._quick.dataset.quick = quick;
      this._quick.replaceChildren(sign(quick));
    }
    mark(this._quick, 'title', quick === 'retry' ? words.retry : words.cancel);
    mark(this.element, 'aria-label', this._label(record, name));
    this.tick();
  }

  /** Show what changes with time alone. */
  tick(): void {
    const record = this._record;
    if (record === null) {
      return;
    }
    const now = this._now();
    const over = TERMINAL.has(record.status);
    const span = spent(record, now);
    const place = record.queue_position ?? null;
    const waits = record.status === 'queued' && place !== null ? this._strings.position(place) : '';
    write(this._time, span === null ? waits : over ? duration(span) : ticking(span));
    write(this._more, this._rest(record, now));
  }

  private _rest(record: JobRecord, now: number): string {
    const words = this._strings;
    const over = TERMINAL.has(record.status);
    const left = record.left ?? null;
    const share = record.progress ?? null;
    return [
      !over && share !== null ? words.percent(percent(share)) : '',
      !over && left !== null ? words.left(ticking(Math.ceil(left - (now - this._heard)))) : '',
      over && record.ended ? moment(record.ended) : '',
      record.strategy ?? '',
      fileOf(record.notebook)
    ]
      .filter(Boolean)
      .join(' · ');
  }

  /** All that the row says, without what changes each second. */
  private _label(record: JobRecord, name: string): string {
    const words = this._strings;
    const share = record.progress ?? null;
    const over = TERMINAL.has(record.status);
    const place = record.queue_position ?? null;
    const span = over ? spent(record, 0) : null;
    return [
      name,
      stateWord(record, words),
      !over && share !== null ? words.percent(percent(share)) : '',
      record.status === 'queued' && place !== null ? words.position(place) : '',
      span === null ? '' : duration(span),
      record.strategy ?? '',
      record.notebook ? words.from(fileOf(record.notebook)) : ''
    ]
      .filter(Boolean)
      .join(', ');
  }

  private readonly _sign = new Sign();
  private readonly _name = h('span', { class: 'ntp-row-name', dir: 'auto' });
  private readonly _time = h('span', { class: 'ntp-row-time' });
  private readonly _word = h('span', { class: 'ntp-row-state' });
  private readonly _more = h('span', { class: 'ntp-row-more' });
  private readonly _bar = h('div', { class: 'ntp-bar', 'aria-hidden': 'true' });
  private readonly _fill = h('div', { class: 'ntp-fill' });
  // A part of an option is none to a screen reader; Delete and the job's own buttons do the same.
  private readonly _quick = h('button', {
    ...{ type: 'button', class: 'nt-tool ntp-quick', tabindex: '-1', 'aria-hidden': 'true' }
  });
  private _record: JobRecord | null = null;
  private _heard = 0;
}

/** A share as whole percent, rounded down: nothing is at 100 before it is. */
function percent(share: number): string {
  return String(Math.floor(100 * share + 1e-6));
}

/** The last part of a path. */
export function fileOf(path: string | null | undefined): string {
  return (path ?? '').split('/').pop() ?? '';
}
