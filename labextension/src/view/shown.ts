/** A value at a glance: a line, a text, the head of a table, a thumbnail, or an array's shape and range. */

import { h } from './dom';
import { list, object, text } from './read';
import type { Json, JsonObject } from './types';

const THUMBNAIL = /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;

/** Return a value's picture; its note tells the whole size. */
export function shown(value: Json | undefined): HTMLElement {
  const parts = object(value);
  const note = text(parts.note);
  return h('div', { class: 'nt-shown' }, body(parts), note ? h('div', { class: 'nt-note' }, note) : null);
}

/** Return the values of several names as a list of terms. */
export function values(all: JsonObject, none: string): HTMLElement {
  const names = Object.keys(all);
  if (names.length === 0) {
    return h('p', { class: 'nt-none' }, none);
  }
  const pairs = names.map(name =>
    h('div', { class: 'nt-value' }, h('dt', {}, name), h('dd', {}, shown(all[name])))
  );
  return h('dl', { class: 'nt-values' }, ...pairs);
}

function body(parts: JsonObject): HTMLElement {
  const words = text(parts.text);
  switch (text(parts.kind)) {
    case 'table':
      return table(parts);
    case 'picture':
      return picture(parts);
    case 'text':
      return h('pre', { class: 'nt-text', tabindex: '0' }, words);
    case 'array':
      return h('code', { class: 'nt-line' }, words);
    default:
      return h('span', { class: 'nt-line' }, words);
  }
}

function picture(parts: JsonObject): HTMLElement {
  const image = text(parts.image);
  const words = text(parts.text);
  if (!THUMBNAIL.test(image)) {
    return h('span', { class: 'nt-line' }, words);
  }
  const alt = text(parts.alt) || words;
  return h(
    'figure',
    { class: 'nt-picture' },
    h('img', { src: image, alt }),
    words && words !== alt ? h('figcaption', {}, words) : null
  );
}

function table(parts: JsonObject): HTMLElement {
  const head = list(parts.columns).map(name => h('th', { scope: 'col' }, text(name)));
  const rows = list(parts.rows).map(row => h('tr', {}, ...list(row).map(cell => h('td', {}, text(cell)))));
  return h(
    'div',
    { class: 'nt-table', tabindex: '0', role: 'group' },
    h('table', {}, head.length ? h('thead', {}, h('tr', {}, ...head)) : null, h('tbody', {}, ...rows))
  );
}
