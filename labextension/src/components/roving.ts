/** One stop for Tab among many elements; arrows, Home, End and the page keys go on from there. */

const PAGE = 10; // elements that a page key passes

/** Which keys go forth and back. */
export type Axis = 'vertical' | 'horizontal';

export class Roving {
  constructor(
    private readonly _host: HTMLElement,
    private readonly _selector: string,
    private readonly _axis: Axis
  ) {
    _host.addEventListener('keydown', event => {
      if (!event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey && this._press(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    _host.addEventListener('focusin', event => {
      const found = (event.target as Element).closest<HTMLElement>(_selector);
      if (found && _host.contains(found)) {
        this.stand(found);
      }
    });
  }

  /** The element that Tab reaches. */
  get here(): HTMLElement | null {
    return this._here;
  }

  /** Look again which elements there are: one of them is always the stop. */
  settle(): void {
    const all = this._all();
    for (const element of all) {
      if (element !== this._here) {
        element.tabIndex = -1;
      }
    }
    if (this._here === null || !all.includes(this._here)) {
      this._here = null;
      if (all[0]) {
        this.stand(all[0]);
      }
    }
  }

  /** Make an element the stop. */
  stand(element: HTMLElement): void {
    if (this._here !== null && this._here !== element) {
      this._here.tabIndex = -1;
    }
    this._here = element;
    element.tabIndex = 0;
  }

  /** Go to an element and tell the browser. */
  go(element: HTMLElement): void {
    this.stand(element);
    element.focus();
  }

  /** Go to the first element; false where there is none. */
  first(): boolean {
    const [first] = this._all();
    if (first) {
      this.go(first);
    }
    return first !== undefined;
  }

  private _press(event: KeyboardEvent): boolean {
    const all = this._all();
    const place = this._here === null ? -1 : all.indexOf(this._here);
    const target = place < 0 ? null : this._target(event.key, place, all.length);
    if (target === null) {
      return false;
    }
    const next = all[Math.max(0, Math.min(all.length - 1, target))];
    if (next) {
      this.go(next);
    }
    return true;
  }

  private _target(key: string, place: number, count: number): number | null {
    // Where text runs from right to left, what is next lies on the left.
    const turned = this._axis === 'horizontal' && getComputedStyle(this._host).direction === 'rtl';
    const [back, forth] = this._axis === 'vertical' ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    switch (key) {
      case turned ? back : forth:
        return place + 1;
      case turned ? forth : back:
        return place - 1;
      case 'Home':
        return 0;
      case 'End':
        return count - 1;
      case 'PageDown':
        return this._axis === 'vertical' ? place + PAGE : null;
      case 'PageUp':
        return this._axis === 'vertical' ? place - PAGE : null;
      default:
        return null;
    }
  }

  private _all(): HTMLElement[] {
    return [...this._host.querySelectorAll<HTMLElement>(this._selector)].filter(one => !one.hidden);
  }

  private _here: HTMLElement | null = null;
}
