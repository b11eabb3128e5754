/** A page without a browser: a DOM, and a clock that goes only when a test says so. */

import { Window } from 'happy-dom';

import { strings } from '../src/view/strings';
import type { Answer, JsonObject, Link, RequestKind } from '../src/view/types';
import { mount } from '../src/view/view';
import type { View } from '../src/view/view';

const dom = new Window({ width: 1000, height: 800 });

class Clock {
  now = 1000;
  private _timers = new Map<number, { at: number; every: number; act: () => void }>();
  private _next = 1;

  set(act: () => void, after: number, every = 0): number {
    this._timers.set(this._next, { at: this.now + after, every, act });
    return this._next++;
  }

  clear(id: number): void {
    this._timers.delete(id);
  }

  get waiting(): number {
    return this._timers.size;
  }

  /** Let time pass; timers fire at their moment, in order. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = [...this._timers]
        .filter(([, timer]) => timer.at <= end)
        .sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) {
        break;
      }
      const [id, timer] = due;
      this.now = Math.max(this.now, timer.at);
      if (timer.every) {
        timer.at += timer.every;
      } else {
        this._timers.delete(id);
      }
      timer.act();
    }
    this.now = end;
  }
}

export const clock = new Clock();

class Observer {
  static readonly all = new Set<Observer>();
  constructor(private readonly _seen: (entries: object[]) => void) {}
  observe(): void {
    Observer.all.add(this);
    const entry = { isIntersecting: true, contentRect: { width: 900, height: 300 } };
    this._timer = clock.set(() => this._seen([entry]), 0);
  }
  disconnect(): void {
    Observer.all.delete(this);
    clock.clear(this._timer);
  }
  private _timer = 0;
}

/** How many observers look at the page. */
export const observers = () => Observer.all.size;

const names = [
  'document',
  'Node',
  'Element',
  'HTMLElement',
  'SVGElement',
  'MouseEvent',
  'WheelEvent',
  'CustomEvent'
];
for (const name of [...names, 'KeyboardEvent', 'Event', 'getComputedStyle', 'navigator']) {
  Object.defineProperty(globalThis, name, {
    value: (dom as unknown as Record<string, unknown>)[name],
    configurable: true,
    writable: true
  });
}
Object.defineProperty(globalThis, 'window', { value: dom, configurable: true });
Object.assign(globalThis, {
  ResizeObserver: Observer,
  IntersectionObserver: Observer,
  requestAnimationFrame: (act: () => void) => clock.set(act, 16),
  cancelAnimationFrame: (id: number) => clock.clear(id)
});
Object.assign(dom, {
  setTimeout: (act: () => void, after: number) => clock.set(act, after),
  clearTimeout: (id: number) => clock.clear(id),
  setInterval: (act: () => void, after: number) => clock.set(act, after, after),
  clearInterval: (id: number) => clock.clear(id),
  matchMedia: () => ({ matches: false })
});
performance.now = () => clock.now;

/** A link that remembers what it was asked. */
export class Asked implements Link {
  readonly requests: string[] = [];
  readonly details: string[] = [];
  answer: Answer = { ok: true };

  request(kind: RequestKind, job: string): Promise<Answer> {
    this.requests.push(`${kind} ${job}`);
    return Promise.resolve(this.answer);
  }
  detail(_job: string, node: string): void {
    this.details.push(node);
  }
}

export interface Shown {
  host: HTMLElement;
  view: View;
  link: Asked;
  /** The words of the first element that a selector finds, or null. */
  text(selector: string): string | null;
  one(selector: string): HTMLElement;
  all(selector: string): HTMLElement[];
  press(key: string): KeyboardEvent;
  /** Let a frame pass. */
  frame(): void;
}

/** Draw a snapshot on an empty page. */
export function show(snapshot: JsonObject, connection: 'live' | 'waiting' | 'static' = 'live'): Shown {
  const host = document.createElement('div');
  document.body.replaceChildren(host);
  const link = new Asked();
  const view = mount(host, snapshot, link, strings());
  view.connect(connection);
  const frame = () => clock.advance(20);
  frame();
  const one = (selector: string) => {
    const found = host.querySelector<HTMLElement>(selector);
    if (!found) {
      throw new Error(`nothing matches ${selector}`);
    }
    return found;
  };
  return {
    host,
    view,
    link,
    one,
    frame,
    text: selector => host.querySelector(selector)?.textContent ?? null,
    all: selector => [...host.querySelectorAll<HTMLElement>(selector)],
    press: key => {
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
      (document.activeElement ?? document.body).dispatchEvent(event);
      return event;
    }
  };
}

/** A workflow of four nodes in a diamond: load, then left and right, then join. */
export function diamond(job: JsonObject = {}, more: JsonObject = {}): JsonObject {
  const node = (name: string, x: number, y: number) => ({
    ...{ name, type: 'Concat', kind: 'nodetool.text.Concat' },
    ...{ x, y, w: 160, h: 60 }
  });
  const edge = (from: string, to: string) => ({
    from,
    from_handle: 'output',
    to,
    to_handle: from,
    control: false
  });
  return {
    v: 1,
    at: 1_700_000_010,
    job: {
      id: 'k7f3m2qa',
      name: 'Diamond',
      status: 'running',
      attempt: 1,
      done: 1,
      all: 4,
      progress: 0.25,
      ...job
    },
    graph: {
      width: 640,
      height: 200,
      nodes: {
        load: node('Load', 10, 70),
        left: node('Left', 240, 20),
        right: node('Right', 240, 120),
        join: node('Join', 470, 70)
      },
      groups: {},
      comments: {},
      edges: {
        a: edge('load', 'left'),
        b: edge('load', 'right'),
        c: edge('left', 'join'),
        d: edge('right', 'join')
      }
    },
    nodes: {
      load: { status: 'completed', started: 1_700_000_000, ended: 1_700_000_001.5, items: 12 },
      left: { status: 'running', part: 0.4, started: 1_700_000_002 }
    },
    edges: { a: 12 },
    log: {},
    outputs: {},
    pushable: [],
    ...more
  };
}
