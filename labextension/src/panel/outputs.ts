/** A job's outputs at a glance, each with a way to have the whole value. */

import type { Server } from '../api/server';
import type { JobModel } from '../model/job';
import { h } from '../view/dom';
import { object, text } from '../view/read';
import { shown } from '../view/shown';
import type { JsonObject } from '../view/types';
import type { Page } from './page';
import type { PanelStrings } from './strings';

export class OutputsPage implements Page {
  readonly element = h('div', { class: 'ntp-page ntp-outputs' });

  constructor(
    private readonly _model: JobModel,
    private readonly _server: Pick<Server, 'outputs' | 'valueUrl'>,
    private readonly _strings: PanelStrings
  ) {}

  draw(model: JobModel): void {
    const key = JSON.stringify([model.state?.part('outputs') ?? {}, model.ended]);
    if (key !== this._asked) {
      this._asked = key;
      this._list(model.state?.part('outputs') ?? {});
      void this._ask(key);
    }
  }

  /** Ask for what the state does not tell: where whole values are stored. */
  private async _ask(key: string): Promise<void> {
    try {
      const outputs = await this._server.outputs(this._model.id);
      if (key === this._asked) {
        this._list(outputs);
      }
    } catch {
      // What the state tells of them stays; the next change asks again.
    }
  }

  private _list(outputs: JsonObject): void {
    const words = this._strings;
    const names = Object.keys(outputs);
    if (names.length === 0) {
      const none = this._model.ended ? words.noOutputs : words.noOutputsYet;
      this.element.replaceChildren(h('p', { class: 'nt-none' }, none));
      return;
    }
    const pairs = names.map(name => {
      const value = object(outputs[name]);
      const link = this._link(name, text(value.ref));
      return h(
        'div',
        { class: 'nt-value' },
        h('dt', {}, h('span', { dir: 'auto' }, name), link),
        h('dd', {}, shown(value))
      );
    });
    this.element.replaceChildren(h('dl', { class: 'nt-values' }, ...pairs));
  }

  private _link(name: string, ref: string): HTMLElement | null {
    if (!ref) {
      return null;
    }
    const words = this._strings;
    const dot = ref.lastIndexOf('.');
    const link = h('a', { class: 'ntp-download', 'aria-label': words.downloadOf(name) }, words.download);
    link.href = this._server.valueUrl(this._model.id, ref);
    link.download = `${name}${dot < 0 ? '' : ref.slice(dot)}`;
    return link;
  }

  private _asked = '';
}
