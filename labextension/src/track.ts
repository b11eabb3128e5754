/** What is known of one job from its kernel, and the views that show it. */

import { copiedObject, merge } from './view/merge';
import type { JsonObject, ViewMessage } from './view/types';
import type { View } from './view/view';

/**
 * Keeps one job's state current from the kernel's messages and passes it to the job's views. It lives also without a
 * view: the kernel sends a job that a cell shows before the cell's output is on the page.
 */
export class Track {
  readonly views = new Set<View>();

  /** Take a message; false where a patch is missing before it, and then a snapshot must be asked for. */
  take(message: ViewMessage): boolean {
    switch (message.type) {
      case 'snapshot':
        this._state = copiedObject(message.state);
        this._last = 0;
        this._each(view => {
          view.snapshot(message.state);
          view.connect('live');
        });
        return true;
      case 'patch':
        return this._patch(message.n, message.patch);
      case 'detail':
        this._each(view => view.detail(message.node, message.detail));
        return true;
      case 'gone':
        this.lose('static');
        return true;
    }
  }

  /** Show the job in one more view. */
  add(view: View): void {
    this.views.add(view);
    if (this._state !== null) {
      view.snapshot(this._state, this._last);
      view.connect('live');
    }
  }

  /** Forget the state, which the kernel does not keep current any more. */
  lose(connection: 'static' | 'waiting'): void {
    this._state = null;
    this._each(view => view.connect(connection));
  }

  /** Whether the state follows the job. */
  get live(): boolean {
    return this._state !== null;
  }

  private _patch(n: number, patch: JsonObject): boolean {
    if (this._state === null || n !== this._last + 1) {
      return false;
    }
    this._last = n;
    merge(this._state, patch);
    this._each(view => view.patch(n, patch));
    return true;
  }

  private _each(act: (view: View) => void): void {
    for (const view of this.views) {
      act(view);
    }
  }

  private _state: JsonObject | null = null;
  private _last = 0;
}
