/** The tail of the job's log, narrowed by words, severity and node. */

import { h, write } from './dom';
import type { Model } from './model';
import { isObject, number, object, text } from './read';
import type { Strings } from './strings';
import type { Json, JsonObject } from './types';
import { grouped, moment } from './wording';

const SEVERITIES = ['debug', 'info', 'warning', 'error'];

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
    const every = (label: string) => h('option', { value: '' }, label);
    this._search = h('input', {
      type: 'search',
      class: 'nt-field',
      placeholder: _strings.filter,
      'aria-label': _strings.filter
    });
    this._severity = h('select', { class: 'nt-field', 'aria-label': _strings.everySeverity });
    this._severity.append(
      every(_strings.everySeverity),
      ...SEVERITIES.map(name => h('option', { value: name }, name))
    );
    this._node = h('select', { class: 'nt-field', 'aria-label': _strings.everyNode });
    this._node.append(every(_strings.everyNode));
    this._lines.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this._lines;
      this._follows = scrollTop + clientHeight >= scrollHeight - 8;
    });
    for (const field of [this._search, this._severity, this._node]) {
      field.addEventListener('input', () => this._list());
    }
    this.element = h(
      'details',
      { class: 'nt-fold nt-log' },
      h('summary', {}, h('span', { class: 'nt-fold-title' }, _strings.log), this._count, this._latest),
      h('div', { class: 'nt-filter' }, this._search, this._severity, this._node),
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
    this._replace(wanted.length ? [...kept.values()] : [h('p', { class: 'nt-none' }, none)]);
    if (this._follows) {
      this._lines.scrollTop = this._lines.scrollHeight;
    }
  }

  /** Put lines in place of those before; what stays is not touched. */
  private _replace(lines: HTMLElement[]): void {
    const wanted = new Set<Element>(lines);
    for (const old of [...this._lines.children]) {
      if (!wanted.has(old)) {
        old.remove();
      }
    }
    lines.forEach((entry, place) => {
      if (this._lines.children[place] !== entry) {
        this._lines.insertBefore(entry, this._lines.children[place] ?? null);
      }
    });
  }

  private _wanted(entry: JsonObject): boolean {
    const words = this._search.value.trim().toLowerCase();
    const least = SEVERITIES.indexOf(this._severity.value);
    const severity = SEVERITIES.indexOf(text(entry.severity).toLowerCase());
    const node = this._node.value;
    return (
      (!words || text(entry.text).toLowerCase().includes(words)) &&
      (least < 0 || severity >= least) &&
      (!node || text(entry.node) === node)
    );
  }

  /** Offer the nodes that have written something. */
  private _choices(): void {
    const log = this._model.part('log');
    const offered = new Set([...this._node.options].map(option => option.value));
    for (const seq of this._order) {
      const node = text(object(log[seq]).node);
      if (node && !offered.has(node)) {
        offered.add(node);
        this._node.append(h('option', { value: node }, this._model.nodeName(node)));
      }
    }
    this._node.hidden = offered.size <= 2;
  }

  private readonly _search: HTMLInputElement;
  private readonly _severity: HTMLSelectElement;
  private readonly _node: HTMLSelectElement;
  private readonly _count = h('span', { class: 'nt-fold-count' });
  private readonly _latest = h('span', { class: 'nt-latest' });
  private readonly _lines = h('div', { class: 'nt-lines nt-scroll', tabindex: '0' });
  private _order: string[] = [];
  private _drawn = new Map<string, HTMLElement>();
  private _follows = true;
}
