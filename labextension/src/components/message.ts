/** What is shown where there is nothing else: a small picture, a sentence, and what can be done. */

import { h, s } from '../view/dom';
import type { Child } from '../view/dom';

/** Lines of small pictures in a box of 64 × 40: a graph, a cut line, a lens, a box without a plug. */
const PICTURES = {
  graph: 'M4 14h16v12H4zM44 3h16v12H44zM44 25h16v12H44zM20 20h8c8 0 8-11 16-11M28 20c8 0 8 11 16 11',
  cut: 'M4 14h16v12H4zM44 14h16v12H44zM20 20h7M37 20h7M29 13l6 14M35 13l-6 14',
  lens: 'M28 4a13 13 0 1 0 .01 0zM37.5 26.5l10 10M22 17h12',
  plug: 'M6 20h16M22 12v16a8 8 0 0 0 8 0V12zM30 16h7M30 24h7M48 12h-4v16h4M48 20h12',
  fault: 'M32 4L53 36H11zM32 15v10M32 30v1'
};

export type PictureName = keyof typeof PICTURES;

/** Return a message. */
export function message(picture: PictureName, title: string, ...more: Child[]): HTMLElement {
  return h(
    'div',
    { class: 'ntp-message' },
    s(
      'svg',
      { class: 'ntp-picture', viewBox: '0 0 64 40', 'aria-hidden': 'true', focusable: 'false' },
      s('path', { d: PICTURES[picture] })
    ),
    h('p', { class: 'ntp-message-title' }, title),
    ...more
  );
}

/** Return a paragraph of a message. */
export function sentence(words: string): HTMLElement {
  return h('p', { class: 'ntp-message-text' }, words);
}

/** Return a button with its words. */
export function button(words: string, act: () => void, kind = 'nt-button'): HTMLButtonElement {
  const made = h('button', { type: 'button', class: kind }, words);
  made.addEventListener('click', act);
  return made;
}

/** Rows that stand for what is still to come. */
export function skeleton(rows: number): HTMLElement {
  const row = () => h('div', { class: 'ntp-bone' }, h('i'), h('span'), h('span'));
  return h('div', { class: 'ntp-skeleton', 'aria-hidden': 'true' }, ...Array.from({ length: rows }, row));
}
