/** The fields that narrow the list of jobs. */

import { CHOICES } from '../model/listing';
import type { Choice, Filter as Wanted } from '../model/listing';
import { h } from '../view/dom';
import type { PanelStrings } from './strings';

export class Filter {
  readonly element: HTMLElement;

  constructor(
    strings: PanelStrings,
    private readonly _changed: (filter: Wanted) => void,
    down: () => boolean
  ) {
    const { filter, filterLabel } = strings;
    this._search = h('input', {
      ...{ type: 'search', class: 'nt-field', placeholder: filter },
      ...{ 'aria-label': filterLabel, title: filterLabel }
    });
    this._state = h('select', { class: 'nt-field', 'aria-label': strings.status });
    this._state.append(
      h('option', { value: '' }, strings.everyState),
      ...Object.keys(CHOICES).map(choice => h('option', { value: choice }, strings.view.state(choice)))
    );
    for (const field of [this._search, this._state]) {
      field.addEventListener('input', () => this._narrow());
    }
    this._search.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this._search.value) {
        event.stopPropagation();
        this.clear();
      } else if (event.key === 'ArrowDown' && down()) {
        event.preventDefault();
      }
    });
    this.element = h('div', { class: 'ntp-filter', role: 'search' }, this._search, this._state);
  }

  /** Show all jobs again. */
  clear(): void {
    this._search.value = '';
    this._state.value = '';
    this._narrow();
    this.focus();
  }

  /** Bring the focus to the words. */
  focus(): void {
    this._search.focus();
  }

  private _narrow(): void {
    this._changed({ text: this._search.value, state: this._state.value as Choice | '' });
  }

  private readonly _search: HTMLInputElement;
  private readonly _state: HTMLSelectElement;
}
