/** Why a job failed: the reason, the node, what it said and where in the code. */

import type { Server } from '../api/server';
import { button } from '../components/message';
import type { JobModel } from '../model/job';
import { h } from '../view/dom';
import { text } from '../view/read';
import type { Page } from './page';
import type { PanelStrings } from './strings';

/** Tell whether a job has something to say of a failure. */
export function failed(model: JobModel): boolean {
  const job = model.state?.job;
  return (
    Boolean(text(job?.error) || text(job?.failed_node) || model.record?.error) ||
    text(job?.status) === 'error'
  );
}

export class TroublePage implements Page {
  readonly element = h('div', { class: 'ntp-page' });

  constructor(
    private readonly _model: JobModel,
    private readonly _server: Pick<Server, 'node'>,
    private readonly _strings: PanelStrings,
    private readonly _showNode: (node: string) => void
  ) {}

  draw(model: JobModel): void {
    const job = model.state?.job;
    const node = text(job?.failed_node);
    const parts = {
      node,
      reason: text(job?.reason) || (model.record?.reason ?? ''),
      error: text(job?.error) || (model.record?.error ?? '') || text(job?.message),
      traceback: text(model.state?.detailOf(node)?.traceback) || this._traceback
    };
    const key = JSON.stringify(parts);
    if (key !== this._shown) {
      this._shown = key;
      this.element.replaceChildren(...this._parts(parts));
    }
    if (node && !parts.traceback && node !== this._asked) {
      this._asked = node;
      void this._ask(node);
    }
  }

  private async _ask(node: string): Promise<void> {
    try {
      this._traceback = text((await this._server.node(this._model.id, node)).traceback);
    } catch {
      return; // the error itself is shown; where it was is not known
    }
    this.draw(this._model);
  }

  private _parts(parts: { node: string; reason: string; error: string; traceback: string }): HTMLElement[] {
    const words = this._strings;
    const found: HTMLElement[] = [];
    if (parts.reason) {
      const reason = words.view.reason(parts.reason);
      found.push(h('p', { class: 'ntp-reason' }, reason.charAt(0).toUpperCase() + reason.slice(1)));
    }
    if (parts.node) {
      const name = h('b', { dir: 'auto' }, this._model.state?.nodeName(parts.node) ?? parts.node);
      const show = button(words.showNode, () => this._showNode(parts.node), 'nt-link');
      found.push(h('p', {}, h('span', { class: 'ntp-soft' }, words.failedNode), ' ', name, show));
    }
    if (parts.error) {
      found.push(h('pre', { class: 'nt-text nt-error ntp-whole', tabindex: '0' }, parts.error));
    }
    if (parts.traceback) {
      found.push(
        h('h3', { class: 'ntp-heading' }, words.traceback),
        h('pre', { class: 'nt-text ntp-whole', tabindex: '0', dir: 'ltr' }, parts.traceback)
      );
    }
    return found;
  }

  private _shown = '';
  private _asked = '';
  private _traceback = '';
}
