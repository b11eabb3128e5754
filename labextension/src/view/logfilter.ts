/** Narrows the lines of a log by words, severity and node. */

import { h } from './dom';
import type { Strings } from './strings';

const SEVERITIES = ['debug', 'info', 'warning', 'error'];

/** What of a line is looked at. */
export interface Filtered {
  text: string;
  severity: string;
  node: string;
}

export class LogFilter {
  readonly element: HTMLElement;

  constructor(strings: Strings, changed: () => void) {
    const every = (label: string) => h('option', { value: '' }, label);
    this._search = h('input', {
      ...{ type: 'search', class: 'nt-field' },
      ...{ placeholder: strings.filter, 'aria-label': strings.filter }
    });
    this._severity = h('select', { class: 'nt-field', 'aria-label': strings.everySeverity });
    this._severity.append(
      every(strings.everySeverity),
      ...SEVERITIES.map(name => h('option', { value: name }, name))
    );
    this._node = h('select', { class: 'nt-field', 'aria-label': strings.everyNode });
    this._node.append(every(strings.everyNode));
    for (const field of [this._search, this._severity, this._node]) {
      field.addEventListener('input', changed);
    }
    this.element = h('div', { class: 'nt-filter' }, this._search, this._severity, this._node);
    this._node.hidden = true;
  }

  /** Whether a line is to be shown: at least as severe as chosen, of the chosen node, with the words. */
  takes(line: Filtered): boolean {
    const words = this._search.value.trim().toLowerCase();
    const least = SEVERITIES.indexOf(this._severity.value);
    return (
      (!words || line.text.toLowerCase().includes(words)) &&
      (least < 0 || SEVERITIES.indexOf(line.severity.toLowerCase()) >= least) &&
      (!this._node.value || line.node === this._node.value)
    );
  }

  /** Offer a node that has written something. */
  offer(node: string, name: string): void {
    if (node && !this._offered.has(node)) {
      this._offered.add(node);
      this._node.append(h('option', { value: node }, name));
      this._node.hidden = this._offered.size < 2;
    }
  }

  private readonly _search: HTMLInputElement;
  private readonly _severity: HTMLSelectElement;
  private readonly _node: HTMLSelectElement;
  private readonly _offered = new Set<string>();
}
