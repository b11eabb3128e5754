import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import { Settings } from '../src/settings';

const ALL = ['running', 'queued', 'recent', 'workers', 'machine'];

function registry(composite: object) {
  const kept: { composite: object; changed?: Signal<object, void> } = { composite };
  const changed = (kept.changed = new Signal<object, void>(kept));
  const set = (value: object) => {
    kept.composite = value;
    changed.emit();
  };
  return { load: () => Promise.resolve(kept), set };
}

const read = ({ openOnStart, sections, notify }: Settings) => [openOnStart, sections, notify];

// what JupyterLab's settings hold, what counts
const GIVEN: [object, boolean, string[], string][] = [
  [{}, false, ALL, 'unseen'],
  [{ openOnStart: true, notify: 'never' }, true, ALL, 'never'],
  [{ sections: { queued: false, machine: false } }, false, ['running', 'recent', 'workers'], 'unseen'],
  [{ sections: { running: true, other: false } }, false, ALL, 'unseen'],
  [{ openOnStart: 1, sections: ['running'], notify: 'loudly' }, false, ALL, 'unseen']
];
for (const [composite, open, sections, notify] of GIVEN) {
  test(`settings of ${JSON.stringify(composite)} are read`, async () => {
    const settings = new Settings(registry(composite) as never);
    await settings.ready;
    assert.deepEqual(read(settings), [open, sections, notify]);
  });
}

test('a change counts at once and is told', async () => {
  const kept = registry({});
  const settings = new Settings(kept as never);
  await settings.ready;
  let told = 0;
  settings.changed.connect(() => (told += 1));
  kept.set({ notify: 'always' });
  assert.deepEqual([told, settings.notify], [1, 'always']);
});

test('without a registry the defaults hold', async () => {
  const settings = new Settings(null);
  await settings.ready;
  assert.deepEqual(read(settings), [false, ALL, 'unseen']);
});

test('settings that cannot be read are the defaults, with a warning', async t => {
  const warned = t.mock.method(console, 'warn', () => undefined);
  const settings = new Settings({ load: () => Promise.reject(new Error('no schema')) } as never);
  await settings.ready;
  assert.deepEqual(read(settings), [false, ALL, 'unseen']);
  assert.equal(warned.mock.callCount(), 1);
});
