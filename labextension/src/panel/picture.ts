/** The graph of a job as the cell shows it, live. */

import type { Server } from '../api/server';
import type { JobModel } from '../model/job';
import { h } from '../view/dom';
import { mount, unshowable } from '../view/view';
import type { View } from '../view/view';
import type { Page } from './page';
import type { PanelStrings } from './strings';

export class PicturePage implements Page {
  readonly element = h('div', { class: 'ntp-page ntp-graph' });

  constructor(
    private readonly _server: Pick<Server, 'node' | 'cancel' | 'retry'>,
    private readonly _strings: PanelStrings
  ) {}

  draw(model: JobModel): void {
    const { state } = model;
    if (this._view !== null || state === null) {
      return;
    }
    const problem = unshowable(state.whole, this._strings.view);
    if (problem !== null) {
      this.element.replaceChildren(h('p', { class: 'nt-none' }, problem));
      return;
    }
    this.element.replaceChildren();
    this._view = mount(this.element, state.whole, this._link, this._strings.view);
    model.show(this._view);
  }

  /** Open a node of the graph. */
  open(node: string): void {
    this._view?.open(node);
  }

  dispose(): void {
    this._view?.dispose();
    this._view = null;
  }

  private readonly _link = {
    request: async (kind: 'cancel' | 'retry', job: string) => {
      const done = kind === 'cancel' ? await this._server.cancel(job) : await this._server.retry(job);
      return typeof done === 'string' ? { ok: true, job: done } : { ok: done };
    },
    detail: (job: string, node: string) => {
      this._server.node(job, node).then(
        found => this._view?.detail(node, found),
        () => undefined // the view goes on with what it has
      );
    }
  };
  private _view: View | null = null;
}
