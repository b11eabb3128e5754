/** Making of elements; text goes in as text, so nothing that a job says is ever read as markup. */

import { plain, SIGNS, tone } from './wording';

const SVG = 'http://www.w3.org/2000/svg';

export type Child = Node | string | null;

/** Make an element of html with attributes and children; an attribute that is null is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | null> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const name of Object.keys(attributes)) {
    const value = attributes[name];
    if (value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  for (const child of children) {
    if (child !== null) {
      element.append(typeof child === 'string' ? plain(child) : child);
    }
  }
  return element;
}

/** Make an element of svg with attributes. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const name of Object.keys(attributes)) {
    element.setAttribute(name, attributes[name] as string);
  }
  element.append(...children);
  return element;
}

/** Show a text, and touch the page only if it is another. */
export function write(element: Element, value: string): void {
  const shown = plain(value);
  if (element.textContent !== shown) {
    element.textContent = shown;
  }
}

/** Set or remove an attribute, and touch the page only if it changes. */
export function mark(element: Element, name: string, value: string | null): void {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== plain(value)) {
    element.setAttribute(name, plain(value));
  }
}

/** Put elements in place of an element's children; what stays is not touched, so that focus and scrolling stay too. */
export function place(host: Element, wanted: readonly Element[]): void {
  const kept = new Set(wanted);
  for (const old of [...host.children]) {
    if (!kept.has(old)) {
      old.remove();
    }
  }
  let next = host.firstElementChild;
  for (const element of wanted) {
    if (element === next) {
      next = next.nextElementSibling;
    } else {
      host.insertBefore(element, next);
    }
  }
}

const TURNING = 28; // percent of the ring that turns where nobody knows how much is done

/** A state's sign with its ring, which fills as the node progresses. */
export class Sign {
  readonly element: SVGSVGElement;

  constructor() {
    this._ring = s('circle', { class: 'nt-arc', cx: '8', cy: '8', r: '7', pathLength: '100' });
    this._path = s('path', { class: 'nt-stroke' });
    this.element = s(
      'svg',
      { class: 'nt-sign', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
      s('circle', { class: 'nt-track', cx: '8', cy: '8', r: '7' }),
      this._ring,
      this._path
    );
  }

  /** Show a state, and how much of it is done as a share or null. */
  show(status: string, share: number | null): void {
    const path = Object.hasOwn(SIGNS, status) ? (SIGNS[status] as string) : '';
    if (status !== this._status) {
      this._status = status;
      this._path.setAttribute('d', path);
      this.element.setAttribute('data-status', status);
      this.element.setAttribute('data-tone', tone(status));
    }
    const turning = status === 'running' && share === null;
    const done = status === 'completed' ? 100 : turning ? TURNING : Math.round(100 * (share ?? 0));
    if (done !== this._done || turning !== this._turning) {
      this._done = done;
      this._turning = turning;
      mark(this.element, 'data-turning', turning ? '' : null);
      this._ring.setAttribute('stroke-dasharray', `${done} 100`);
    }
  }

  private _ring: SVGCircleElement;
  private _path: SVGPathElement;
  private _status = '';
  private _done = -1;
  private _turning = false;
}
