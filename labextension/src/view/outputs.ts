/** The outputs of the job, by name. */

import { h, write } from './dom';
import type { Model } from './model';
import { values } from './shown';
import type { Strings } from './strings';
import { grouped } from './wording';

export class Outputs {
  readonly element: HTMLDetailsElement;

  constructor(
    private readonly _model: Model,
    strings: Strings
  ) {
    this.element = h(
      'details',
      { class: 'nt-fold nt-outputs', open: '' },
      h('summary', {}, h('span', { class: 'nt-fold-title' }, strings.outputs), this._count),
      this._body
    );
  }

  /** Show the outputs as they are now. */
  draw(): void {
    const outputs = this._model.part('outputs');
    const key = JSON.stringify(outputs);
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    const names = Object.keys(outputs);
    this.element.hidden = names.length === 0;
    write(this._count, grouped(names.length));
    this._body.replaceChildren(values(outputs, ''));
  }

  private readonly _count = h('span', { class: 'nt-fold-count' });
  private readonly _body = h('div', { class: 'nt-outputs-body' });
  private _shown = '';
}
