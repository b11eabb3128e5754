/** What draws our media types in outputs. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';

import type { Jobs, Session } from './jobs';
import { h } from './view/dom';
import type { Strings } from './view/strings';
import type { JsonObject } from './view/types';
import { mount, unshowable } from './view/view';
import type { View } from './view/view';

export const JOB = 'application/vnd.nodetool.job+json';
export const PICTURE = 'application/vnd.nodetool.picture+json';

/** Draws a job: live where a kernel tells of it, else the state that the output holds. */
export class JobOutput extends Widget implements IRenderMime.IRenderer {
  constructor(
    private readonly _jobs: Jobs,
    private readonly _strings: Strings
  ) {
    super();
    this.addClass('nodetool-output');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const state = model.data[JOB] as JsonObject | undefined;
    const problem = unshowable(state, this._strings);
    if (problem !== null || state === undefined) {
      this._drop();
      this.node.replaceChildren(
        h(
          'div',
          { class: 'nodetool-ui nodetool-view' },
          h('p', { class: 'nt-plain' }, problem ?? this._strings.broken)
        )
      );
    } else if (this._view === null) {
      this.node.replaceChildren();
      this._view = mount(this.node, state, this._jobs.linkOf(this._place), this._strings);
      this._follow();
    } else {
      this._view.snapshot(state);
      this._follow();
    }
    return Promise.resolve();
  }

  dispose(): void {
    this._drop();
    super.dispose();
  }

  protected onAfterAttach(): void {
    this._follow();
  }

  /** Begin to follow the job once the output is in its document, which has the kernel. */
  private _follow(): void {
    const view = this._view;
    if (view === null || !this.isAttached) {
      return;
    }
    const session = sessionOf(this);
    if (session !== null) {
      this._session = session;
      this._jobs.adopt(session);
    }
    if (this._unplace === null || view.job !== this._placed) {
      this._unplace?.();
      this._placed = view.job;
      this._unplace = this._jobs.place(view, this._place.session);
    }
  }

  private _drop(): void {
    this._unplace?.();
    this._unplace = null;
    this._view?.dispose();
    this._view = null;
  }

  private readonly _place = { session: () => this._session };
  private _session: Session | null = null;
  private _view: View | null = null;
  private _placed = '';
  private _unplace: (() => void) | null = null;
}

/** Draws nothing: the picture of a graph that the view above shows already. */
export class Nothing extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass('nodetool-nothing');
  }

  renderModel(): Promise<void> {
    return Promise.resolve();
  }
}

interface Document {
  sessionContext?: Session;
  context?: { sessionContext?: Session };
}

/** The session of a notebook or console, which is all that is used of them here. */
export function sessionIn(widget: Widget): Session | null {
  const found = widget as unknown as Document;
  return found.sessionContext ?? found.context?.sessionContext ?? null;
}

/** The session of the document that an output is in. */
function sessionOf(output: Widget): Session | null {
  for (let widget: Widget | null = output; widget !== null; widget = widget.parent) {
    const session = sessionIn(widget);
    if (session !== null) {
      return session;
    }
  }
  return null;
}
