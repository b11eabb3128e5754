/** What is in one node: its state, what came in and went out, its error and its lines of the log. */

import { h, mark, Sign, write } from './dom';
import { line } from './log';
import type { Model } from './model';
import { list, object, part, text } from './read';
import { values } from './shown';
import type { Strings } from './strings';
import type { Json } from './types';
import { tone } from './wording';

const LINES = 20; // of the log that are shown for a node

export class Panel {
  readonly element: HTMLElement;

  constructor(
    private readonly _model: Model,
    private readonly _strings: Strings,
    private readonly _close: () => void
  ) {
    const close = h(
      'button',
      { type: 'button', class: 'nt-tool', 'aria-label': _strings.close, title: _strings.close },
      '×'
    );
    close.addEventListener('click', _close);
    this._title.append(this._sign.element, this._name);
    this.element = h(
      'section',
      { class: 'nt-panel', hidden: '' },
      h('div', { class: 'nt-panel-head' }, this._title, close),
      this._kind,
      this._body
    );
    this.element.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        this._close();
      }
    });
  }

  /** The node that is shown, or null. */
  node: string | null = null;

  /** Show a node; `asked` says that its values were asked for and are still to come. */
  show(node: string, asked: boolean): void {
    this.node = node;
    this._asked = asked;
    this.element.hidden = false;
    this.element.parentElement?.classList.add('nt-open');
    this._body.scrollTop = 0;
    this.draw();
  }

  hide(): void {
    this.node = null;
    this.element.hidden = true;
    this.element.parentElement?.classList.remove('nt-open');
  }

  /** How many px of the graph's width it covers: none where it stands below. */
  covers(): number {
    return getComputedStyle(this.element).position === 'absolute' ? this.element.offsetWidth : 0;
  }

  focus(): void {
    this._title.focus({ preventScroll: true });
  }

  /** Show the node as it is now. */
  draw(): void {
    const id = this.node;
    if (id === null) {
      return;
    }
    const still = object(object(this._model.part('graph').nodes)[id]);
    const node = this._model.node(id);
    const status = this._model.nodeStatus(id);
    const name = this._model.nodeName(id);
    this._sign.show(status, part(node.part));
    mark(this.element, 'data-tone', tone(status));
    write(this._name, name);
    mark(this.element, 'aria-label', this._strings.details(name));
    const words = [text(still.kind) || text(still.type), this._strings.state(status), text(node.message)];
    write(this._kind, words.filter(Boolean).join(' · '));
    const parts = this._parts(id);
    const key = JSON.stringify(parts);
    if (key !== this._shown) {
      this._shown = key;
      this._body.replaceChildren(...this._sections(parts));
    }
  }

  private _parts(id: string) {
    const detail = this._model.detailOf(id);
    const node = this._model.node(id);
    const own = detail ? list(detail.log) : [];
    return {
      id,
      error: text(detail?.error) || text(node.error),
      traceback: text(detail?.traceback),
      inputs: detail ? object(detail.inputs) : null,
      outputs: detail ? object(detail.outputs) : null,
      log: (own.length ? own : this._lines(id)).slice(-LINES),
      asked: this._asked
    };
  }

  /** The node's lines among those that the view has. */
  private _lines(id: string): Json[] {
    const log = this._model.part('log');
    return Object.keys(log)
      .map(seq => log[seq] as Json)
      .filter(entry => text(object(entry).node) === id);
  }

  private _sections(parts: ReturnType<Panel['_parts']>): HTMLElement[] {
    const words = this._strings;
    const section = (title: string, ...children: HTMLElement[]) =>
      h('div', { class: 'nt-section' }, h('h4', {}, title), ...children);
    const found: HTMLElement[] = [];
    if (parts.error) {
      found.push(section(words.error, h('pre', { class: 'nt-text nt-error', tabindex: '0' }, parts.error)));
    }
    if (parts.inputs && parts.outputs) {
      found.push(section(words.outputs, values(parts.outputs, words.noValues)));
      found.push(section(words.inputs, values(parts.inputs, words.noValues)));
    } else {
      found.push(h('p', { class: 'nt-none' }, parts.asked ? words.loading : words.noDetail));
    }
    if (parts.log.length) {
      found.push(
        section(words.log, h('div', { class: 'nt-lines' }, ...parts.log.map(entry => line(entry, ''))))
      );
    }
    if (parts.traceback) {
      found.push(section(words.traceback, h('pre', { class: 'nt-text', tabindex: '0' }, parts.traceback)));
    }
    return found;
  }

  private readonly _sign = new Sign();
  private readonly _name = h('span', { class: 'nt-panel-name' });
  private readonly _title = h('h3', { class: 'nt-panel-title', tabindex: '-1' });
  private readonly _kind = h('p', { class: 'nt-panel-kind' });
  private readonly _body = h('div', { class: 'nt-panel-body' });
  private _asked = false;
  private _shown = '';
}
