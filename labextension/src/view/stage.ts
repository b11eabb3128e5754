/** The place where the graph lies: moved by dragging, sized by pinching or with Ctrl and the wheel, fitted on demand. */

import { select } from 'd3-selection';
import { zoom, zoomIdentity, ZoomTransform } from 'd3-zoom';

import { h } from './dom';
import type { Strings } from './strings';
import type { Box } from './types';

const SMALLEST = 0.02;
const LARGEST = 2.5;
const USUAL = 800; // px of a width that is not known yet
const MARGIN = 8; // px left free around a graph that is shown whole
const READABLE = 0.42; // a card's words cannot be read below this scale
const SMALL = 0.78; // below this scale a card shows fewer and larger words
const [LOWEST, HIGHEST] = [96, 400]; // px of the stage's height

export class Stage {
  readonly layer = h('div', { class: 'nt-layer' });
  readonly view = h('div', { class: 'nt-stage' });
  readonly element: HTMLElement;

  constructor(
    strings: Strings,
    private readonly _changed: (near: boolean) => void
  ) {
    this.view.append(this.layer);
    const button = (label: string, sign: string, act: () => void) => {
      const found = h(
        'button',
        { type: 'button', class: 'nt-tool', 'aria-label': label, title: label },
        sign
      );
      found.addEventListener('click', act);
      return found;
    };
    const tools = h(
      'div',
      { class: 'nt-tools' },
      button(strings.zoomIn, '+', () => this.scale(1.4)),
      button(strings.zoomOut, '−', () => this.scale(1 / 1.4)),
      button(strings.fit, '⤢', () => this.fit())
    );
    this.element = h('div', { class: 'nt-stage-frame' }, this.view, tools);
    this._behaviour = zoom<HTMLElement, unknown>()
      .scaleExtent([SMALLEST, LARGEST])
      .extent(() => [
        [0, 0],
        [this._width, this._height]
      ])
      .filter(wanted)
      .on('start', () => this.view.classList.add('nt-moving'))
      .on('zoom', (event: { transform: ZoomTransform; sourceEvent: unknown }) => {
        this._moved ||= event.sourceEvent !== null;
        this._place(event.transform);
      })
      .on('end', () => this.view.classList.remove('nt-moving'));
    this._view.call(this._behaviour).on('dblclick.zoom', null);
    this._watch = new ResizeObserver(entries => {
      const room = entries[entries.length - 1]?.contentRect;
      if (room && room.width > 0 && (room.width !== this._width || room.height !== this._height)) {
        this._resize(room.width, room.height);
      }
    });
    this._watch.observe(this.view);
  }

  /** Whether the words of cards can be read. */
  get near(): boolean {
    return this._now.k >= READABLE;
  }

  /** Say how large the graph is, and show it whole unless a person has moved it. */
  content(width: number, height: number): void {
    this._content = [Math.max(1, width), Math.max(1, height)];
    this._moved = false;
    this._resize(this.view.clientWidth || this._width || USUAL, this.view.clientHeight);
  }

  private _resize(width: number, height: number): void {
    this._width = width;
    const [wide, high] = this._content;
    const scale = Math.min(1, (width - 2 * MARGIN) / wide);
    const least = Math.round(Math.min(HIGHEST, Math.max(LOWEST, high * scale + 2 * MARGIN)));
    this._height = Math.max(least, height);
    this.view.style.minHeight = `${least}px`;
    if (!this._moved) {
      this.fit();
    }
  }

  /** Show the whole graph, in the middle. */
  fit(): void {
    const [wide, high] = this._content;
    const room = (all: number) => Math.max(1, all - 2 * MARGIN);
    const k = Math.max(SMALLEST, Math.min(1, room(this._width) / wide, room(this._height) / high));
    const [x, y] = [(this._width - wide * k) / 2, (this._height - high * k) / 2];
    this._view.call(this._behaviour.transform, zoomIdentity.translate(x, y).scale(k));
    this._moved = false;
  }

  scale(by: number): void {
    this._moved = true;
    this._view.call(this._behaviour.scaleBy, by);
  }

  /** Bring a box into sight, at a size at which it can be read; `covered` px on the right are behind a panel. */
  reveal({ x, y, w, h: high }: Box, covered: number): void {
    const k = this.near ? this._now.k : Math.max(SMALL, this._now.k);
    const about = k === this._now.k ? this._now : this._around(x + w / 2, y + high / 2, k);
    const shift = (from: number, length: number, all: number) =>
      from < MARGIN ? MARGIN - from : Math.min(0, all - MARGIN - (from + length));
    const dx = shift(x * k + about.x, w * k, this._width - covered);
    const dy = shift(y * k + about.y, high * k, this._height);
    if (dx || dy || about !== this._now) {
      this._view.call(this._behaviour.transform, zoomIdentity.translate(about.x + dx, about.y + dy).scale(k));
    }
  }

  /** Show the whole graph again, unless a person has moved it. */
  rest(): void {
    if (!this._moved) {
      this.fit();
    }
  }

  dispose(): void {
    this._watch.disconnect();
    this._view.on('.zoom', null);
  }

  private _around(x: number, y: number, k: number): ZoomTransform {
    return zoomIdentity.translate(this._width / 2 - x * k, this._height / 2 - y * k).scale(k);
  }

  private _place(now: ZoomTransform): void {
    const before = this.near;
    const first = this._now === zoomIdentity;
    const small = now.k < SMALL && now.k >= READABLE;
    if (first || small !== this.view.classList.contains('nt-small')) {
      this.view.classList.toggle('nt-small', small);
    }
    this._now = now;
    this.layer.style.transform = `translate(${now.x}px,${now.y}px) scale(${now.k})`;
    if (first || before !== this.near) {
      this.view.classList.toggle('nt-far', !this.near);
      this._changed(this.near);
    }
  }

  private readonly _view = select<HTMLElement, unknown>(this.view);
  private readonly _behaviour;
  private readonly _watch: ResizeObserver;
  private _now: ZoomTransform = zoomIdentity;
  private _content: [number, number] = [1, 1];
  private _width = 0;
  private _height = LOWEST;
  private _moved = false;
}

/** A wheel alone scrolls the page, and so does one finger. */
function wanted(event: Event): boolean {
  if (event instanceof WheelEvent) {
    return event.ctrlKey || event.metaKey;
  }
  if (typeof TouchEvent !== 'undefined' && event instanceof TouchEvent) {
    return event.touches.length > 1;
  }
  return event instanceof MouseEvent && event.button === 0 && !event.ctrlKey;
}
