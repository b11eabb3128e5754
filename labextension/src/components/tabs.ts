/** Tabs with their pages, as the ARIA practices describe them: arrows choose, and the page is shown at once. */

import { h, mark, write } from '../view/dom';
import { Roving } from './roving';

let made = 0; // tabs refer to their pages by ids, which have to differ on a page of the browser

export interface TabPage<Name extends string> {
  name: Name;
  label: string;
  page: HTMLElement;
}

export class Tabs<Name extends string> {
  readonly bar: HTMLElement;
  readonly pages = h('div', { class: 'ntp-pages' });

  constructor(
    label: string,
    all: readonly TabPage<Name>[],
    private readonly _chosen: (name: Name) => void
  ) {
    const id = `nodetool-tabs-${(made += 1)}`;
    this.bar = h('div', { class: 'ntp-tabs', role: 'tablist', 'aria-label': label });
    for (const { name, label: words, page } of all) {
      const tab = h('button', {
        ...{ type: 'button', role: 'tab', class: 'ntp-tab', id: `${id}-${name}` },
        ...{ 'aria-controls': `${id}-${name}-page`, 'aria-selected': 'false', tabindex: '-1' }
      });
      write(tab, words);
      page.id = `${id}-${name}-page`;
      page.setAttribute('role', 'tabpanel');
      page.setAttribute('aria-labelledby', tab.id);
      page.tabIndex = -1;
      page.hidden = true;
      tab.addEventListener('click', () => this.choose(name));
      tab.addEventListener('focus', () => this.choose(name));
      this._tabs.set(name, { tab, page });
      this.bar.append(tab);
      this.pages.append(page);
    }
    this._roving = new Roving(this.bar, '.ntp-tab', 'horizontal');
  }

  /** The tab whose page is shown. */
  get current(): Name | null {
    return this._current;
  }

  /** Show a tab's page. */
  choose(name: Name): void {
    const chosen = this._tabs.get(name);
    if (!chosen || name === this._current) {
      return;
    }
    this._current = name;
    for (const [other, { tab, page }] of this._tabs) {
      mark(tab, 'aria-selected', String(other === name));
      page.hidden = other !== name;
    }
    this._roving.stand(chosen.tab);
    this._chosen(name);
  }

  /** Offer a tab or not; where it was chosen, `instead` is. */
  offer(name: Name, offered: boolean, instead: Name): void {
    const found = this._tabs.get(name);
    if (found && found.tab.hidden === offered) {
      found.tab.hidden = !offered;
      if (!offered && this._current === name) {
        this.choose(instead);
      }
    }
  }

  private readonly _tabs = new Map<Name, { tab: HTMLButtonElement; page: HTMLElement }>();
  private readonly _roving: Roving;
  private _current: Name | null = null;
}
