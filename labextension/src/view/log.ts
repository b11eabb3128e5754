/** The tail of the job's log, narrowed by words, severity and node. */

import { h, place, write } from './dom';
import { LogFilter } from './logfilter';
import type { Model } from './model';
import { isObject, number, object, text } from './read';
import type { Strings } from './strings';
import type { Json, JsonObject } from './types';
import { grouped, moment } from './wording';

/** One line of a log: its time, the node that wrote it and what it says. */
export function line(entry: Json, node: string): HTMLElement {
  const fields = isObject(entry) ? entry : ({ text: entry } as JsonObject);
  const time = number(fields.time);
  const severity = text(fields.severity).toLowerCase();
  return h(
    'div',
    { class: 'nt-entry', 'data-severity': severity },
    time === null ? null : h('time', {}, moment(time)),
    severity && severity !== 'info' ? h('b', {}, severity) : null,
    node ? h('i', {}, node) : null,
    h('span', {}, text(fields.text))
  );
}

export class Log {
  readonly element: HTMLDetailsElement;

  constructor(
    private readonly _model: Model,
    private readonly _strings: Strings
  ) {
    this._filter = new LogFilter(_strings, () => this._list());
    this._lines.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this._lines;
      this._follows = scrollTop + clientHeight >= scrollHeight - 8;
    });
    this.element = h(
      'details',
      { class: 'nt-fold nt-log' },
      h('summary', {}, h('span', { class: 'nt-fold-title' }, _strings.log), this._count, this._latest),
      this._filter.element,
      this._lines
    );
    this.element.addEventListener('toggle', () => this._list());
  }

  /** Show the lines as they are now. */
  draw(): void {
    const log = this._model.part('log');
    const order = Object.keys(log).sort((a, b) => Number(a) - Number(b));
    this._order = order;
    const cut = number(this._model.job.lines_cut) ?? 0;
    const words = this._strings;
    this.element.hidden = order.length === 0 && cut === 0;
    const count = words.lines(order.length, grouped(order.length));
    write(this._count, cut ? `${count} · ${words.cut(grouped(cut))}` : count);
    const last = order[order.length - 1];
    write(this._latest, last === undefined ? '' : (text(object(log[last]).text).split('\n', 1)[0] ?? ''));
    if (this.element.open) {
      this._list();
    }
  }

  private _list(): void {
    if (!this.element.open) {
      return;
    }
    this._choices();
    const log = this._model.part('log');
    const wanted = this._order.filter(seq => this._wanted(object(log[seq])));
    const kept = new Map<string, HTMLElement>();
    for (const seq of wanted) {
      const entry = object(log[seq]);
      const node = text(entry.node);
      kept.set(seq, this._drawn.get(seq) ?? line(entry, node && this._model.nodeName(node)));
    }
    this._drawn = kept;
    const none = this._order.length ? this._strings.noMatch : this._strings.noLog;
    place(this._lines, wanted.length ? [...kept.values()] : [h('p', { class: 'nt-none' }, none)]);
    if (this._follows) {
      this._lines.scrollTop = this._lines.scrollHeight;
    }
  }

  private _wanted(entry: JsonObject): boolean {
    return this._filter.takes({
      text: text(entry.text),
      severity: text(entry.severity),
      node: text(entry.node)
    });
  }

  /** Offer the nodes that have written something. */
  private _choices(): void {
    const log = this._model.part('log');
    for (const seq of this._order) {
      const node = text(object(log[seq]).node);
      this._filter.offer(node, this._model.nodeName(node));
    }
  }

  private readonly _filter: LogFilter;
  private readonly _count = h('span', { class: 'nt-fold-count' });
  private readonly _latest = h('span', { class: 'nt-latest' });
  private readonly _lines = h('div', { class: 'nt-lines nt-scroll', tabindex: '0' });
  private _order: string[] = [];
  private _drawn = new Map<string, HTMLElement>();
  private _follows = true;
}
