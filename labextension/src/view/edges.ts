/** The edges of the graph: curves from handle to handle that light up when values pass. */

import { mark, s } from './dom';
import type { Model } from './model';
import { flag, number, object, text } from './read';
import type { Box } from './types';

const LIT = 900; // ms for which an edge stays lit after values passed
const MOST_DOTS = 24; // dots that travel at once; further edges only light up

interface Ends {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/** An edge between two boxes that are there. */
interface Known {
  key: string;
  from: Box;
  to: Box;
  out: string;
  into: string;
  control: boolean;
}

export class Edges {
  readonly element = s('svg', { class: 'nt-edges', 'aria-hidden': 'true', focusable: 'false' });

  /** Draw all edges of a graph between boxes. */
  build(model: Model, boxes: Map<string, Box>): void {
    this.dispose();
    const known = read(model, boxes);
    const place = ports(known);
    const drawn = known.map(edge => {
      const path = s('path', { class: 'nt-edge', d: curve(place(edge)) });
      mark(path, 'data-control', edge.control ? 'true' : null);
      this._paths.set(edge.key, path);
      return path;
    });
    const dots = known.flatMap(edge => {
      const { x1, y1, x2, y2 } = place(edge);
      return [
        [x1, y1],
        [x2, y2]
      ].map(([x, y]) => s('circle', { class: 'nt-port', cx: String(x), cy: String(y), r: '2.5' }));
    });
    this.element.replaceChildren(...drawn, s('g', { class: 'nt-ports' }, ...dots));
    this._counts.clear();
    for (const key of this._paths.keys()) {
      this.count(model, key, false);
    }
  }

  /** Show how many values an edge has passed; `pulse` if that may be seen as movement. */
  count(model: Model, key: string, pulse: boolean): void {
    const path = this._paths.get(key);
    const count = number(model.part('edges')[key]) ?? 0;
    const before = this._counts.get(key) ?? 0;
    if (!path || count === before) {
      return;
    }
    this._counts.set(key, count);
    mark(path, 'data-passed', count > 0 ? 'true' : null);
    if (pulse && count > before) {
      this._light(path);
    }
  }

  dispose(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    this._lit.clear();
    this._paths.clear();
  }

  private _light(path: SVGPathElement): void {
    if (!this._lit.has(path)) {
      path.classList.add('nt-lit');
      this._travel(path);
    }
    this._lit.set(path, performance.now() + LIT);
    this._timer ||= window.setTimeout(this._dim, LIT);
  }

  private _dim = (): void => {
    const now = performance.now();
    let next = Infinity;
    for (const [path, until] of this._lit) {
      if (until <= now) {
        path.classList.remove('nt-lit');
        this._lit.delete(path);
      } else {
        next = Math.min(next, until);
      }
    }
    this._timer = next === Infinity ? 0 : window.setTimeout(this._dim, next - now + 1);
  };

  private _travel(path: SVGPathElement): void {
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still || this._dots >= MOST_DOTS || typeof path.animate !== 'function') {
      return;
    }
    const dot = s('circle', { class: 'nt-dot', r: '3.5' });
    dot.style.offsetPath = `path('${path.getAttribute('d')}')`;
    this.element.append(dot);
    this._dots += 1;
    const end = () => {
      dot.remove();
      this._dots -= 1;
    };
    const run = dot.animate([{ offsetDistance: '0%' }, { offsetDistance: '100%' }], {
      duration: LIT - 100,
      easing: 'ease-in-out'
    });
    run.finished.then(end, end);
  }

  private readonly _paths = new Map<string, SVGPathElement>();
  private readonly _counts = new Map<string, number>();
  private readonly _lit = new Map<SVGPathElement, number>();
  private _timer = 0;
  private _dots = 0;
}

function read(model: Model, boxes: Map<string, Box>): Known[] {
  const edges = object(model.part('graph').edges);
  return Object.keys(edges).flatMap(key => {
    const edge = object(edges[key]);
    const from = boxes.get(text(edge.from));
    const to = boxes.get(text(edge.to));
    const handles = { out: text(edge.from_handle), into: text(edge.to_handle) };
    return from && to ? [{ key, from, to, ...handles, control: flag(edge.control) }] : [];
  });
}

/** Give each handle a place on its side of the box, in the order of what it leads to, so that fewer curves cross. */
function ports(edges: Known[]): (edge: Known) => Ends {
  const sides = new Map<Box, { out: Map<string, number>; into: Map<string, number> }>();
  const side = (box: Box) => {
    const found = sides.get(box) ?? { out: new Map<string, number>(), into: new Map<string, number>() };
    sides.set(box, found);
    return found;
  };
  const least = (handles: Map<string, number>, handle: string, y: number) =>
    handles.set(handle, Math.min(y, handles.get(handle) ?? Infinity));
  for (const edge of edges) {
    least(side(edge.from).out, edge.out, edge.to.y);
    least(side(edge.to).into, edge.into, edge.from.y);
  }
  const height = (box: Box, handles: Map<string, number>, handle: string) => {
    const order = [...handles.keys()].sort((a, b) => (handles.get(a) ?? 0) - (handles.get(b) ?? 0));
    return box.y + (box.h * (order.indexOf(handle) + 1)) / (order.length + 1);
  };
  return edge => ({
    x1: edge.from.x + edge.from.w,
    y1: height(edge.from, side(edge.from).out, edge.out),
    x2: edge.to.x,
    y2: height(edge.to, side(edge.to).into, edge.into)
  });
}

/** A curve that leaves to the right and arrives from the left; one that goes back swings around. */
function curve({ x1, y1, x2, y2 }: Ends): string {
  const back = x2 < x1;
  const reach = back ? Math.min(160, 60 + (x1 - x2) / 4) : Math.max(16, (x2 - x1) / 2);
  const [a, b] = [(x1 + reach).toFixed(1), (x2 - reach).toFixed(1)];
  return `M${x1} ${y1.toFixed(1)}C${a} ${y1.toFixed(1)} ${b} ${y2.toFixed(1)} ${x2} ${y2.toFixed(1)}`;
}
