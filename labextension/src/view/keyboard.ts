/** Walking through the graph with the keys: one node at a time can be reached by Tab, arrows go on from there. */

import type { Box } from './types';

interface Acts {
  open(node: string): void;
  /** Zoom by a factor; 0 shows everything. */
  zoom(by: number): void;
  reveal(node: string): void;
}

const ZOOMS: Record<string, number> = { '+': 1.4, '=': 1.4, '-': 1 / 1.4, '0': 0 };

export class Walk {
  constructor(
    host: HTMLElement,
    private readonly _acts: Acts
  ) {
    host.addEventListener('keydown', event => {
      if (!event.altKey && !event.ctrlKey && !event.metaKey && this._press(event.key)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    host.addEventListener('focusin', () => {
      if (this._here !== null && host.querySelector(':focus-visible')) {
        this._acts.reveal(this._here);
      }
    });
  }

  /** Take over a graph; the walk starts at its first node. */
  build(
    boxes: Map<string, Box>,
    edges: [string, string][],
    element: (node: string) => HTMLElement | null
  ): void {
    this._boxes = boxes;
    this._edges = edges;
    this._element = element;
    this._order = [...boxes.keys()].sort((a, b) => compare(boxes.get(a), boxes.get(b)));
    const here = this._here !== null && boxes.has(this._here) ? this._here : (this._order[0] ?? null);
    this._here = null;
    if (here !== null) {
      this.stand(here);
    }
  }

  /** Make a node the one that Tab reaches. */
  stand(node: string): void {
    if (this._here !== null) {
      this._element(this._here)?.setAttribute('tabindex', '-1');
    }
    this._here = node;
    this._element(node)?.setAttribute('tabindex', '0');
  }

  private _press(key: string): boolean {
    const here = this._here;
    if (here === null) {
      return false;
    }
    if (key === 'Enter' || key === ' ') {
      this._acts.open(here);
      return true;
    }
    if (Object.hasOwn(ZOOMS, key)) {
      this._acts.zoom(ZOOMS[key] as number);
      return true;
    }
    const next = this._next(here, key);
    if (next === undefined) {
      return false;
    }
    if (next !== null && next !== here) {
      this.stand(next);
      this._element(next)?.focus({ preventScroll: true });
    }
    return true;
  }

  /** The node that a key leads to, null where there is none, undefined for a key that leads nowhere. */
  private _next(here: string, key: string): string | null | undefined {
    switch (key) {
      case 'ArrowRight':
        return this._nearest(
          here,
          this._edges.filter(([from]) => from === here).map(([, to]) => to)
        );
      case 'ArrowLeft':
        return this._nearest(
          here,
          this._edges.filter(([, to]) => to === here).map(([from]) => from)
        );
      case 'ArrowDown':
        return this._beside(here, 1);
      case 'ArrowUp':
        return this._beside(here, -1);
      case 'Home':
        return this._order[0] ?? null;
      case 'End':
        return this._order[this._order.length - 1] ?? null;
      default:
        return undefined;
    }
  }

  /** Of some nodes the one at the height that is most like here's. */
  private _nearest(here: string, nodes: string[]): string | null {
    const height = middle(this._boxes.get(here));
    const apart = (node: string) => Math.abs(middle(this._boxes.get(node)) - height);
    return nodes.reduce<string | null>((a, b) => (a === null || apart(b) < apart(a) ? b : a), null);
  }

  /** The next node below or above in the same column, else in the order of the graph. */
  private _beside(here: string, way: 1 | -1): string | null {
    const from = this._boxes.get(here) as Box;
    const column = this._order.filter(node => {
      const other = this._boxes.get(node) as Box;
      const below = (middle(other) - middle(from)) * way > 0;
      return below && other.x < from.x + from.w && from.x < other.x + other.w;
    });
    const found = this._nearest(here, column);
    return found ?? this._order[this._order.indexOf(here) + way] ?? null;
  }

  private _boxes = new Map<string, Box>();
  private _edges: [string, string][] = [];
  private _order: string[] = [];
  private _here: string | null = null;
  private _element: (node: string) => HTMLElement | null = () => null;
}

function middle(box: Box | undefined): number {
  return box ? box.y + box.h / 2 : 0;
}

/** The order in which a graph is read: from left to right, and in a column from top to bottom. */
function compare(a: Box | undefined, b: Box | undefined): number {
  return a && b ? a.x - b.x || a.y - b.y : 0;
}
