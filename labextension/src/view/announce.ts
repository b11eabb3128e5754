/** What a screen reader is told: politely, at most once in ten seconds, and always the newest. */

import { h, write } from './dom';

export const QUIET = 10_000; // ms between two announcements

export class Announcer {
  readonly element = h('div', { class: 'nt-unseen', role: 'status', 'aria-live': 'polite' });

  /** Say something; what was still to be said is dropped for it. */
  say(message: string): void {
    this._pending = message;
    if (!this._timer) {
      const rest = this._last + QUIET - performance.now();
      if (rest <= 0) {
        this._speak();
      } else {
        this._timer = window.setTimeout(this._speak, rest);
      }
    }
  }

  dispose(): void {
    window.clearTimeout(this._timer);
  }

  private _speak = (): void => {
    this._timer = 0;
    this._last = performance.now();
    write(this.element, this._pending);
  };

  private _pending = '';
  private _timer = 0;
  private _last = -Infinity;
}
