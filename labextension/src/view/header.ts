/** The head of a view: which job, in what state, how far, what it uses, and what can be asked of it. */

import { h, mark, Sign, write } from './dom';
import type { Model } from './model';
import { flag, number, part, text } from './read';
import type { Strings } from './strings';
import type { Connection, RequestKind } from './types';
import { duration, grouped, moment, size, ticking, tone } from './wording';

const BY_YOU = 'cancelled_by_user'; // a reason that the state's own words tell

interface Acts {
  request(kind: RequestKind): void;
  showNode(id: string): void;
}

export class Header {
  readonly element: HTMLElement;

  constructor(
    private readonly _model: Model,
    private readonly _strings: Strings,
    acts: Acts
  ) {
    const words = _strings;
    this._cancel = h('button', { type: 'button', class: 'nt-button' }, words.cancel);
    this._retry = h('button', { type: 'button', class: 'nt-button' }, words.retry);
    this._cancel.addEventListener('click', () => acts.request('cancel'));
    this._retry.addEventListener('click', () => acts.request('retry'));
    this._id.addEventListener('click', () => void this._copy());
    this._show = h('button', { type: 'button', class: 'nt-link' }, words.showFailed);
    this._show.addEventListener('click', () => acts.showNode(text(this._model.job.failed_node)));
    this._bar = h('div', {
      class: 'nt-bar',
      role: 'progressbar',
      'aria-label': words.progress,
      'aria-valuemin': '0',
      'aria-valuemax': '100'
    });
    this._bar.append(this._fill);
    this._trouble.append(this._message, this._show);
    this.element = h(
      'header',
      { class: 'nt-header' },
      h(
        'div',
        { class: 'nt-title' },
        h('span', { class: 'nt-state' }, this._sign.element, this._word),
        this._name,
        this._last,
        h('span', { class: 'nt-acts' }, this._id, this._cancel, this._retry)
      ),
      this._bar,
      this._figures,
      this._notice,
      this._trouble
    );
  }

  /** Show the job as it is now. */
  draw(connection: Connection): void {
    const { job, status, ended } = this._model;
    const words = this._strings;
    const cancelling = flag(job.cancel_requested) && !ended;
    const byYou = status === 'cancelled' && job.reason === BY_YOU;
    this._sign.show(status, part(job.progress) ?? 0);
    mark(this.element, 'data-tone', tone(status));
    write(this._word, cancelling ? words.cancelling : byYou ? words.cancelledByYou : words.state(status));
    const name = text(job.name) || words.unnamed;
    write(this._name, name);
    mark(this._name, 'title', name);
    const id = text(job.id);
    if (!this._id.classList.contains('nt-done')) {
      write(this._id, id);
    }
    mark(this._id, 'aria-label', words.copy(id));
    mark(this._id, 'title', words.copy(id));
    const reach = connection !== 'static';
    this._cancel.hidden = ended || !reach;
    this._cancel.disabled = flag(job.cancel_requested);
    this._retry.hidden = !reach || !(status === 'error' || status === 'cancelled');
    this._progress();
    this._place(connection);
    this._explain();
    this.tick(connection);
  }

  /** Show what changes with time alone. */
  tick(connection: Connection): void {
    const figures = this._collect(connection === 'live');
    const key = JSON.stringify(figures);
    if (key === this._shown) {
      return;
    }
    const names = figures.map(([name]) => name).join();
    if (names !== this._names) {
      this._names = names;
      this._figures.replaceChildren(
        ...figures.map(([name]) => h('div', { class: 'nt-figure' }, h('dt', {}, name), h('dd')))
      );
    }
    figures.forEach(([, value], place) => {
      write(this._figures.children[place]?.lastElementChild as Element, value);
    });
    this._shown = key;
  }

  /** Say something below the figures, until the next thing is said. */
  notice(message: string): void {
    write(this._notice, message);
  }

  private _collect(live: boolean): [string, string][] {
    const { job, status, ended } = this._model;
    const words = this._strings;
    const found: [string, string][] = [];
    const add = (name: string, value: string | null) => value && found.push([name, value]);
    const all = number(job.all);
    add(words.nodes, all ? `${grouped(number(job.done) ?? 0)} / ${grouped(all)}` : null);
    const span = this._model.span(number(job.started), number(job.ended), live);
    add(ended ? words.took : words.elapsed, span === null ? null : ended ? duration(span) : ticking(span));
    if (status === 'running' && live) {
      const left = number(job.left);
      const since = (this._model.now(live) ?? 0) - (this._model.at ?? 0);
      add(words.left, left === null ? words.unknown : `~ ${ticking(Math.ceil(left - since))}`);
    }
    const bytes = (name: string, value: number | null) => add(name, value === null ? null : size(value));
    bytes(words.memory, number(job.memory));
    bytes(words.gpu, number(job.gpu_memory));
    const cpu = number(job.cpu);
    add(words.cpu, cpu === null || ended ? null : `${Math.round(100 * cpu)} %`);
    add(words.where, text(job.strategy));
    const attempt = number(job.attempt) ?? 1;
    add(words.attempt, attempt > 1 ? String(attempt) : null);
    return found;
  }

  private _progress(): void {
    const { job } = this._model;
    const share = part(job.progress) ?? 0;
    const percent = Math.floor(100 * share);
    mark(this._bar, 'aria-valuenow', String(percent));
    const counts = [String(number(job.done) ?? 0), String(number(job.all) ?? 0)] as const;
    mark(this._bar, 'aria-valuetext', this._strings.percent(String(percent), ...counts));
    this._fill.style.transform = `scaleX(${share.toFixed(4)})`;
  }

  private _place(connection: Connection): void {
    const words = this._strings;
    const at = this._model.at;
    const stale = connection !== 'live' && !this._model.ended;
    this._last.hidden = !stale;
    if (stale) {
      const why = connection === 'waiting' ? words.connecting : words.notConnected;
      write(this._last, at === null ? why : `${words.lastKnown(moment(at))} · ${why}`);
    }
  }

  private _explain(): void {
    const { job, status, ended } = this._model;
    const words = this._strings;
    const reason = text(job.reason);
    const place = number(job.queue_position);
    const said = [
      status === 'queued' && place !== null ? words.queue(place) : '',
      ended && status !== 'completed' && reason && reason !== BY_YOU ? words.reason(reason) : '',
      text(job.error) || text(job.message),
      flag(job.winding_down) ? words.windingDown : ''
    ].filter(Boolean);
    const failed = text(job.failed_node);
    this._trouble.hidden = said.length === 0;
    this._show.hidden = !failed;
    const whole = said.join(' · ');
    write(this._message, whole.charAt(0).toUpperCase() + whole.slice(1));
  }

  private async _copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this._model.id);
    } catch {
      return; // a page without a clipboard: the id can still be selected
    }
    this._id.classList.add('nt-done');
    write(this._id, this._strings.copied);
    window.setTimeout(() => {
      this._id.classList.remove('nt-done');
      write(this._id, this._model.id);
    }, 1200);
  }

  private readonly _sign = new Sign();
  private readonly _word = h('span');
  private readonly _name = h('span', { class: 'nt-name' });
  private readonly _last = h('span', { class: 'nt-last' });
  private readonly _id = h('button', { type: 'button', class: 'nt-button nt-id' });
  private readonly _cancel: HTMLButtonElement;
  private readonly _retry: HTMLButtonElement;
  private readonly _bar: HTMLElement;
  private readonly _fill = h('div', { class: 'nt-fill' });
  private readonly _figures = h('dl', { class: 'nt-figures' });
  private readonly _notice = h('p', { class: 'nt-notice', role: 'alert' });
  private readonly _trouble = h('p', { class: 'nt-trouble' });
  private readonly _message = h('span');
  private readonly _show: HTMLButtonElement;
  private _shown = '';
  private _names = '';
}
