/** One node of the graph: its name, type and state, how far it is, how long it took and how much it sent. */

import { h, mark, Sign, write } from './dom';
import type { Model } from './model';
import { box, flag, number, part, text } from './read';
import type { Strings } from './strings';
import type { Box, JsonObject } from './types';
import { duration, grouped, ticking, tone } from './wording';

export class Card {
  readonly element: HTMLElement;
  readonly box: Box;

  constructor(
    readonly id: string,
    private readonly _still: JsonObject,
    private readonly _strings: Strings
  ) {
    this.box = box(_still);
    const { x, y, w, h: high } = this.box;
    this._name = text(_still.name) || id;
    const kind = text(_still.kind);
    // A node that nobody named bears its type's name: then its second line tells where the type comes from.
    const unnamed = this._name === text(_still.type) && kind.includes('.');
    this._type = unnamed ? kind.slice(0, kind.lastIndexOf('.')) : text(_still.type);
    this.element = h('div', { class: 'nt-card', role: 'button', tabindex: '-1' });
    this.element.style.cssText = `left:${x}px;top:${y}px;width:${w}px;height:${high}px`;
  }

  /** Show the node's state; `near` is whether its words can be read at this size. */
  draw(model: Model, live: boolean, near: boolean): void {
    const status = this._status(model);
    const node = model.node(this.id);
    const share = part(node.part);
    if (this._shownStatus !== status) {
      this._shownStatus = status;
      this.element.dataset.status = status;
      this.element.dataset.tone = tone(status);
    }
    mark(this.element, 'aria-label', this._label(model, status, share));
    if (near) {
      this._fill();
      this._sign?.show(status, share);
      const wide = status === 'running' && share !== null;
      this._bar.hidden = !wide;
      if (wide) {
        this._bar.style.transform = `scaleX(${share.toFixed(3)})`;
      }
      this.tick(model, live);
    }
  }

  /** Show what changes with time alone. */
  tick(model: Model, live: boolean): void {
    if (this._sign) {
      const items = this._items(model);
      const [time, sent] = [this._spent(model, live), items > 1 ? `${grouped(items)} →` : ''];
      write(this._time, time);
      write(this._sent, sent);
      this._figures.hidden = !time && !sent;
    }
  }

  /** Whether its figures grow with time alone. */
  running(model: Model): boolean {
    return model.nodeStatus(this.id) === 'running';
  }

  private _status(model: Model): string {
    const status = model.nodeStatus(this.id);
    return status === 'waiting' && flag(this._still.bypassed) ? 'bypassed' : status;
  }

  private _spent(model: Model, live: boolean): string {
    const node = model.node(this.id);
    const status = this._shownStatus;
    if (status === 'waiting') {
      return '';
    }
    const ended = number(node.ended);
    const span = model.span(number(node.started), ended, live && !model.ended);
    if (span !== null) {
      return ended === null ? ticking(span) : duration(span);
    }
    return status === 'completed' || status === 'running' ? '' : this._strings.state(status);
  }

  private _items(model: Model): number {
    return number(model.node(this.id).items) ?? 0;
  }

  private _label(model: Model, status: string, share: number | null): string {
    const done = status === 'running' && share !== null ? `${Math.floor(100 * share)} %` : '';
    const items = this._items(model);
    const count = items > 1 ? this._strings.items(items, grouped(items)) : '';
    return [this._name, this._type, this._strings.state(status), done, count].filter(Boolean).join(', ');
  }

  /** Make what is inside, which a map of many small cards does not need. */
  private _fill(): void {
    if (this._sign) {
      return;
    }
    this._sign = new Sign();
    this._figures.append(this._time, this._sent);
    this.element.append(
      this._sign.element,
      h('span', { class: 'nt-card-name', title: this._name }, this._name),
      h('span', { class: 'nt-card-type', title: text(this._still.kind) || this._type }, this._type),
      this._figures,
      this._bar
    );
  }

  private readonly _name: string;
  private readonly _type: string;
  private _sign: Sign | null = null;
  private _shownStatus = '';
  private readonly _figures = h('span', { class: 'nt-card-figures' });
  private readonly _time = h('span', { class: 'nt-card-time' });
  private readonly _sent = h('span', { class: 'nt-card-sent' });
  private readonly _bar = h('span', { class: 'nt-card-bar', 'aria-hidden': 'true' });
}
