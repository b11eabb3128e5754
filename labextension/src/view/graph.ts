/** The graph as it runs: groups and comments behind, edges, and a card for every node. */

import { Card } from './card';
import { h } from './dom';
import { Edges } from './edges';
import { Walk } from './keyboard';
import type { Model } from './model';
import { box, number, object, text } from './read';
import { Stage } from './stage';
import type { Strings } from './strings';
import type { Box } from './types';

const AT_ONCE = 80; // nodes, and edges, that one frame draws: a change of all is spread over a few
const MOST_LIT = 48; // edges that light up in one frame; where more pass values, it is seen that all are busy
const CALM = 40; // nodes that may run at once before their signs stop turning

export class Graph {
  readonly element: HTMLElement;

  constructor(
    private readonly _model: Model,
    private readonly _strings: Strings,
    private readonly _open: (node: string, byKey: boolean) => void
  ) {
    this._stage = new Stage(_strings, () => this._drawAll());
    this.element = this._stage.element;
    this._cards = h('div', { class: 'nt-cards', role: 'group' });
    this._stage.layer.append(this._behind, this._edges.element, this._cards);
    this._walk = new Walk(this._cards, {
      open: node => this._open(node, true),
      zoom: by => (by === 0 ? this._stage.fit() : this._stage.scale(by)),
      reveal: node => this.reveal(node)
    });
    this._cards.addEventListener('click', event => {
      const node = this._nodeAt(event.target);
      if (node !== null) {
        this._walk.stand(node);
        this._open(node, false);
      }
    });
  }

  /** Draw everything anew, where the graph is another. */
  build(live: boolean): void {
    this._live = live;
    const graph = this._model.part('graph');
    const nodes = object(graph.nodes);
    this._known.clear();
    for (const id of Object.keys(nodes)) {
      this._known.set(id, new Card(id, object(nodes[id]), this._strings));
    }
    const boxes = new Map([...this._known].map(([id, card]) => [id, card.box]));
    this._cards.replaceChildren(...[...this._known.values()].map(card => card.element));
    this._cards.setAttribute('aria-label', this._strings.graph(boxes.size));
    this._ids = new WeakMap([...this._known].map(([id, card]) => [card.element, id]));
    this._behind.replaceChildren(...this._groups(), ...this._comments());
    this._edges.build(this._model, boxes);
    this._walk.build(boxes, links(this._model, boxes), id => this._known.get(id)?.element ?? null);
    this.element.hidden = boxes.size === 0;
    this._stage.content(...extent(number(graph.width), number(graph.height), [...boxes.values()]));
    this._drawAll();
  }

  /** Draw some of what patches touched and take it out of the sets; what is left is for the next frame. */
  draw(live: boolean, nodes: Set<string>, edges: Set<string>): void {
    this._live = live;
    for (const id of some(nodes)) {
      this._drawNode(id);
    }
    this._running();
    let pulses = live && document.visibilityState === 'visible' ? MOST_LIT : 0;
    for (const key of some(edges)) {
      this._edges.count(this._model, key, pulses > 0);
      pulses -= 1;
    }
  }

  /** Show what changes with time alone. */
  tick(live: boolean): void {
    if (this._stage.near) {
      for (const card of this._busy) {
        card.tick(this._model, live);
      }
    }
  }

  /** Mark the node whose details are shown; null for none. */
  select(node: string | null): void {
    for (const card of this._cards.querySelectorAll('[aria-expanded="true"]')) {
      card.setAttribute('aria-expanded', 'false');
    }
    if (node === null) {
      this._stage.rest();
    } else {
      this._known.get(node)?.element.setAttribute('aria-expanded', 'true');
    }
  }

  /** Bring a node into sight; `covered` px on the right are behind a panel. */
  reveal(node: string, covered = 0): void {
    const card = this._known.get(node);
    if (card) {
      this._stage.reveal(card.box, covered);
    }
  }

  focus(node: string): void {
    this._walk.stand(node);
    this._known.get(node)?.element.focus({ preventScroll: true });
  }

  dispose(): void {
    this._stage.dispose();
    this._edges.dispose();
  }

  private _drawAll(): void {
    this._busy.clear();
    for (const id of this._known.keys()) {
      this._drawNode(id);
    }
    this._running();
  }

  private _drawNode(id: string): void {
    const card = this._known.get(id);
    if (!card) {
      return;
    }
    card.draw(this._model, this._live, this._stage.near);
    if (card.running(this._model)) {
      this._busy.add(card);
    } else {
      this._busy.delete(card);
    }
  }

  private _running(): void {
    this._cards.classList.toggle('nt-turning', this._live && this._busy.size > 0 && this._busy.size <= CALM);
  }

  private _groups(): HTMLElement[] {
    const groups = object(this._model.part('graph').groups);
    return Object.keys(groups).map(id => {
      const group = object(groups[id]);
      return placed(h('div', { class: 'nt-group' }, h('span', {}, text(group.name))), box(group));
    });
  }

  private _comments(): HTMLElement[] {
    const comments = object(this._model.part('graph').comments);
    return Object.keys(comments).map(id => {
      const comment = object(comments[id]);
      return placed(h('div', { class: 'nt-comment' }, text(comment.text)), box(comment));
    });
  }

  private _nodeAt(target: EventTarget | null): string | null {
    const card = target instanceof Element ? target.closest('.nt-card') : null;
    return (card && this._ids.get(card)) ?? null;
  }

  private readonly _stage: Stage;
  private readonly _behind = h('div', { class: 'nt-behind' });
  private readonly _edges = new Edges();
  private readonly _cards: HTMLElement;
  private readonly _walk: Walk;
  private readonly _known = new Map<string, Card>();
  private readonly _busy = new Set<Card>();
  private _ids = new WeakMap<Element, string>();
  private _live = false;
}

/** Take as many out of a set as one frame may draw. */
function some(all: Set<string>): string[] {
  const taken: string[] = [];
  for (const one of all) {
    if (taken.length === AT_ONCE) {
      break;
    }
    taken.push(one);
    all.delete(one);
  }
  return taken;
}

function placed(element: HTMLElement, { x, y, w, h: high }: Box): HTMLElement {
  element.style.cssText = `left:${x}px;top:${y}px;width:${w}px;height:${high}px`;
  return element;
}

/** The nodes that each node's edges lead to, in the graph's order. */
function links(model: Model, boxes: Map<string, Box>): [string, string][] {
  const edges = object(model.part('graph').edges);
  return Object.keys(edges)
    .map(key => object(edges[key]))
    .map((edge): [string, string] => [text(edge.from), text(edge.to)])
    .filter(([from, to]) => boxes.has(from) && boxes.has(to));
}

/** The size of the picture: what the snapshot says, or what its boxes need if that is more. */
function extent(width: number | null, height: number | null, boxes: Box[]): [number, number] {
  const most = (known: number | null, ends: number[]) => ends.reduce((a, b) => Math.max(a, b), known ?? 1);
  return [
    most(
      width,
      boxes.map(({ x, w }) => x + w)
    ),
    most(
      height,
      boxes.map(({ y, h: high }) => y + high)
    )
  ];
}
