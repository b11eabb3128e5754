import assert from 'node:assert/strict';
import { test } from 'node:test';

import { render } from '../src/widget';
import type { JsonObject } from '../src/view/types';
import { clock, diamond } from './page';

class Model {
  readonly sent: JsonObject[] = [];
  hear: ((message: JsonObject) => void) | null = null;
  constructor(private readonly _state: JsonObject) {}
  get = () => this._state;
  on = (_: string, hear: (message: JsonObject) => void) => void (this.hear = hear);
  off = () => void (this.hear = null);
  send = (message: JsonObject) => void this.sent.push(message);
}

function drawn(state: JsonObject = diamond()) {
  const model = new Model(state);
  const el = document.createElement('div');
  document.body.replaceChildren(el);
  return { model, el, end: render({ model, el }), cancel: () => button(el, 'Cancel').click() };
}

const button = (el: HTMLElement, name: string) =>
  [...el.querySelectorAll('button')].find(found => found.textContent === name) as HTMLButtonElement;

test('a widget asks for its job and shows what comes', () => {
  const { model, el } = drawn();
  assert.deepEqual(model.sent, [{ type: 'follow', job: 'k7f3m2qa' }]);
  model.hear?.({ type: 'snapshot', job: 'k7f3m2qa', state: diamond() });
  model.hear?.({ type: 'patch', job: 'k7f3m2qa', n: 1, patch: { job: { status: 'completed' } } });
  clock.advance(20);
  assert.equal(el.querySelector('.nt-state')?.textContent, 'completed');
});

test('a widget asks again where a patch is missing', () => {
  const { model } = drawn();
  model.hear?.({ type: 'patch', job: 'k7f3m2qa', n: 4, patch: {} });
  assert.equal(model.sent.length, 2);
});

test('a click on cancel is sent by the model, and answered', async () => {
  const { model, el, cancel } = drawn();
  clock.advance(20);
  cancel();
  assert.deepEqual(model.sent[1], { id: 1, type: 'cancel', job: 'k7f3m2qa' });
  model.hear?.({ id: 1, ok: false, message: 'it has ended' });
  await new Promise(setImmediate);
  assert.equal(el.querySelector('.nt-notice')?.textContent, 'it has ended');
});

test('a click on cancel that the plugin takes is not sent twice', async () => {
  const { model, el, cancel } = drawn();
  clock.advance(20);
  el.addEventListener('nodetool:request', event => {
    event.preventDefault();
    (event as CustomEvent).detail.answer(Promise.resolve({ ok: false, message: 'by the plugin' }));
  });
  cancel();
  await new Promise(setImmediate);
  assert.equal(model.sent.length, 1);
  assert.equal(el.querySelector('.nt-notice')?.textContent, 'by the plugin');
});

test('a widget that closes lets go of its model', () => {
  const { model, el, end } = drawn();
  end();
  assert.equal(model.hear, null);
  assert.equal(el.childElementCount, 0);
});

test('a widget without a state says so', () => {
  assert.match(drawn({}).el.textContent ?? '', /no job that can be shown/);
});
