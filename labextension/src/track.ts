/** What one source tells of one job, and the views that show it. */

import { copiedObject, merge } from './view/merge';
import type { JsonObject, ViewMessage } from './view/types';
import type { View } from './view/view';

/**
 * Keeps one job's state current from messages and passes it to the job's views. It lives also without a view: a kernel
 * sends a job that a cell shows before the cell's output is on the page.
 */
export class Track {
  readonly views = new Set<View>();

  /** Take a message; false where a patch is missing before it, and then a snapshot must be asked for. */
  take(message: ViewMessage): boolean {
    switch (message.type) {
      case 'snapshot':
        this._state = copiedObject(message.state);
        this._last = 0;
        this.views.forEach(view => this._show(view));
        return true;
      case 'patch':
        return this._patch(message.n, message.patch);
      case 'gone':
        this.lose();
        return true;
      default:
        return true;
    }
  }

  /** Show the job in one more view. */
  add(view: View): void {
    this.views.add(view);
    if (this._state !== null) {
      this._show(view);
    }
  }

  /** Forget the state, which nobody keeps current any more. */
  lose(): void {
    this._state = null;
    this._level.clear();
    this.views.forEach(view => view.connect('static'));
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
    for (const view of this.views) {
      if (!this._level.has(view) || !view.patch(n, patch)) {
        this._show(view);
      }
    }
    return true;
  }

  /** Bring a view to the state that is known, unless it shows a later one already: out of its cell, or another source's. */
  private _show(view: View): void {
    if (view.snapshot(this._state as JsonObject, this._last)) {
      this._level.add(view);
    } else {
      this._level.delete(view);
    }
    view.connect('live');
  }

  /** The views that take patches. */
  private readonly _level = new Set<View>();
  private _state: JsonObject | null = null;
  private _last = 0;
}
