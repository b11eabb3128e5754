/** When things are drawn: all changes of a frame at once, and what only grows older once a second. */

/** Calls `draw` in the next frame, once for any number of requests. */
export class Frame {
  constructor(private readonly _draw: () => void) {}

  ask(): void {
    this._asked ||= requestAnimationFrame(() => {
      this._asked = 0;
      this._draw();
    });
  }

  dispose(): void {
    cancelAnimationFrame(this._asked);
    this._asked = 0;
  }

  private _asked = 0;
}

/** Calls `tick` once a second while it is wanted, on the screen and in a page that is seen. */
export class Ticker {
  constructor(
    host: Element,
    private readonly _tick: () => void
  ) {
    this._watch = new IntersectionObserver(entries => {
      this._shown = entries[entries.length - 1]?.isIntersecting ?? false;
      this._set();
    });
    this._watch.observe(host);
    document.addEventListener('visibilitychange', this._set);
  }

  want(wanted: boolean): void {
    this._wanted = wanted;
    this._set();
  }

  dispose(): void {
    this._wanted = false;
    this._set();
    this._watch.disconnect();
    document.removeEventListener('visibilitychange', this._set);
  }

  private _set = (): void => {
    const on = this._wanted && this._shown && document.visibilityState === 'visible';
    if (on && !this._timer) {
      this._timer = window.setInterval(this._tick, 1000);
      this._tick();
    } else if (!on && this._timer) {
      window.clearInterval(this._timer);
      this._timer = 0;
    }
  };

  private readonly _watch: IntersectionObserver;
  private _wanted = false;
  private _shown = false;
  private _timer = 0;
}
