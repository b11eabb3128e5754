/** A part of the panel under a heading that can be folded away. */

import { h, write } from '../view/dom';

export class Fold {
  readonly element: HTMLDetailsElement;
  readonly body = h('div', { class: 'ntp-fold-body' });

  constructor(name: string, title: string, toggled: (open: boolean) => void = () => undefined) {
    this.element = h(
      'details',
      { class: 'ntp-fold', 'data-name': name, open: '' },
      h('summary', {}, h('span', { class: 'ntp-fold-title' }, title), this._note),
      this.body
    );
    this.element.addEventListener('toggle', () => toggled(this.element.open));
  }

  /** Say something beside the title. */
  note(words: string): void {
    write(this._note, words);
  }

  private readonly _note = h('span', { class: 'ntp-fold-note' });
}
