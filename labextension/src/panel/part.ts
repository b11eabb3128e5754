/** A part of the panel that follows a topic of its own while it is unfolded and the panel is seen. */

import type { IDisposable } from '@lumino/disposable';

import type { Problem } from '../api/types';
import type { Fold } from '../components/fold';

export abstract class Part<Message> {
  constructor(
    readonly fold: Fold,
    private readonly _subscribe: (hear: (message: Message | Problem) => void) => IDisposable
  ) {}

  /** The panel is seen from now on, or not. */
  wake(awake: boolean): void {
    this._awake = awake;
    this._settle();
  }

  /** The part is unfolded from now on, or folded. */
  open(open: boolean): void {
    this._open = open;
    this._settle();
  }

  /** Offer the part at all. */
  offer(offered: boolean): void {
    this.fold.element.hidden = !offered;
    this._settle();
  }

  dispose(): void {
    this.wake(false);
  }

  protected abstract take(message: Message | Problem): void;

  private _settle(): void {
    const wanted = this._awake && this._open && !this.fold.element.hidden;
    if (wanted && this._topic === null) {
      this._topic = this._subscribe(message => this.take(message));
    } else if (!wanted) {
      this._topic?.dispose();
      this._topic = null;
    }
  }

  private _topic: IDisposable | null = null;
  private _awake = false;
  private _open = true;
}
