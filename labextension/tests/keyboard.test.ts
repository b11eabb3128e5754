import assert from 'node:assert/strict';
import { test } from 'node:test';

import { QUIET } from '../src/view/announce';
import { clock, diamond, show } from './page';

const here = () => document.activeElement?.getAttribute('aria-label')?.split(',')[0];

// the keys that are pressed, from the first node on, and where they lead
const WALKS: [string[], string][] = [
  [['ArrowRight'], 'Left'],
  [['ArrowRight', 'ArrowDown'], 'Right'],
  [['ArrowRight', 'ArrowDown', 'ArrowUp'], 'Left'],
  [['ArrowRight', 'ArrowRight'], 'Join'],
  [['End', 'ArrowLeft'], 'Left'],
  [['End', 'Home'], 'Load'],
  [['ArrowLeft'], 'Load']
];
for (const [keys, name] of WALKS) {
  test(`${keys.join(', ')} leads to ${name}`, () => {
    const { one, press } = show(diamond());
    one('.nt-card[tabindex="0"]').focus();
    keys.forEach(press);
    assert.equal(here(), name);
  });
}

test('Tab reaches one node, the one that was last stood on', () => {
  const { one, all, press } = show(diamond());
  one('.nt-card[tabindex="0"]').focus();
  press('End');
  assert.deepEqual(
    all('.nt-card[tabindex="0"]').map(card => card.getAttribute('aria-label')?.split(',')[0]),
    ['Join']
  );
});

test('Enter opens a node, Escape closes it and goes back to it', () => {
  const { one, press } = show(diamond());
  one('.nt-card[tabindex="0"]').focus();
  press('ArrowRight');
  press('Enter');
  assert.equal(one('.nt-panel').hidden, false);
  assert.equal(one('.nt-panel').getAttribute('aria-label'), 'Details of Left');
  assert.ok(one('.nt-panel').contains(document.activeElement));
  press('Escape');
  assert.equal(one('.nt-panel').hidden, true);
  assert.equal(here(), 'Left');
});

test('keys that mean nothing here are left to the page', () => {
  const { one, press } = show(diamond());
  one('.nt-card[tabindex="0"]').focus();
  assert.equal(press('q').defaultPrevented, false);
  assert.equal(press('ArrowRight').defaultPrevented, true);
});

test('a notebook hears combinations of keys in a view, and no single ones', () => {
  const { host, one } = show(diamond());
  const heard: string[] = [];
  host.addEventListener('keydown', event => heard.push(event.key));
  const press = (key: string, ctrlKey: boolean) =>
    one('.nt-card').dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true }));
  press('d', false);
  press('s', true);
  assert.deepEqual(heard, ['s']);
});

test('progress is announced politely, at most once in ten seconds', () => {
  const { one, view } = show(diamond());
  const region = one('[aria-live=polite]');
  const said: string[] = [];
  for (let n = 1; n <= 40; n++) {
    view.patch(n, { job: { done: n + 1 } });
    clock.advance(500);
    if (region.textContent && region.textContent !== said[said.length - 1]) {
      said.push(region.textContent);
    }
  }
  assert.ok(said.length >= 2 && said.length <= 20_000 / QUIET + 1, said.join(' | '));
});

test('the end is announced even right after progress', () => {
  const { one, view } = show(diamond());
  view.patch(1, { job: { done: 2 } });
  clock.advance(100);
  view.patch(2, { job: { status: 'error', failed_node: 'left' } });
  clock.advance(QUIET);
  assert.equal(one('[aria-live=polite]').textContent, 'Diamond: error, node Left failed');
});
