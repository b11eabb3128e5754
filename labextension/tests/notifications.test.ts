import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Signal } from '@lumino/signaling';

import type { JobRecord } from '../src/api/server';
import { claim, Notifications, placeOf } from '../src/notifications';
import { Settings } from '../src/settings';
import { shellStrings } from '../src/strings';
import { settled } from './kernel';
import { clock, diamond, show } from './page';

interface Said {
  message: string;
  kind: string;
  autoClose: unknown;
  actions: { label: string; callback: (event: never) => void }[];
}

class FakeRoster {
  readonly ended = new Signal<this, JobRecord>(this);
  watched = 0;
  watch({ hidden }: { hidden: boolean }) {
    assert.equal(hidden, true);
    this.watched += 1;
    return { dispose: () => (this.watched -= 1) };
  }
}

/** Settings as JupyterLab keeps them; `set` changes one. */
function registry(notify: string) {
  const settings: { composite: object; changed?: Signal<object, void> } = { composite: { notify } };
  const changed = (settings.changed = new Signal<object, void>(settings));
  const set = (value: string) => {
    settings.composite = { notify: value };
    changed.emit();
  };
  return { load: () => Promise.resolve(settings), set };
}

async function page(notify = 'always', place = 'front', told = new Set<string>()) {
  const roster = new FakeRoster();
  const said: Said[] = [];
  const opened: (string | null)[] = [];
  const kept = registry(notify);
  new Notifications(roster as never, new Settings(kept as never), {
    words: shellStrings(),
    open: job => opened.push(job),
    claim: job => Promise.resolve(!told.has(job) && !!told.add(job)),
    place: () => place as never,
    emit: (message, kind, options) => said.push({ message, kind, ...options } as never)
  });
  await settled();
  const end = async (...records: Partial<JobRecord>[]) => {
    records.forEach((record, n) =>
      roster.ended.emit({ id: `job${n}`, name: 'Portrait', status: 'completed', ...record })
    );
    clock.advance(2000);
    await settled();
  };
  return { roster, said, opened, end, set: kept.set };
}

// how the job ended, what is said, of which kind, for how long
const ENDS: [Partial<JobRecord>, string, string, unknown][] = [
  [{ started: 100, ended: 112.5 }, 'Portrait is done after 12.5 s', 'success', 8000],
  [{}, 'Portrait is done', 'success', 8000],
  [{ name: null }, 'workflow is done', 'success', 8000],
  [{ status: 'error', error: 'no picture\nTraceback' }, 'Portrait failed: no picture', 'error', false],
  [{ status: 'error' }, 'Portrait failed', 'error', false],
  [{ status: 'cancelled' }, 'Portrait was cancelled', 'info', 8000],
  [{ name: 'a\u202eb'.padEnd(99, '!') }, `a\ufffdb${'!'.repeat(76)}… is done`, 'success', 8000]
];
for (const [record, message, kind, autoClose] of ENDS) {
  test(`of a job that ended as ${JSON.stringify(record)} it is said: ${message}`, async () => {
    const { said, end } = await page();
    await end(record);
    assert.deepEqual(
      said.map(one => [one.message, one.kind, one.autoClose]),
      [[message, kind, autoClose]]
    );
  });
}

test('Show shows the job', async () => {
  const { said, opened, end } = await page();
  await end({ id: 'k7f3m2qa' });
  said[0]?.actions[0]?.callback(undefined as never);
  assert.deepEqual([said[0]?.actions[0]?.label, opened], ['Show', ['k7f3m2qa']]);
});

// what is set, where the job is, whether anything is said
const WANTED: [string, string, boolean][] = [
  ['always', 'seen', true],
  ['always', 'front', true],
  ['unseen', 'seen', false],
  ['unseen', 'front', true],
  ['unseen', 'behind', true],
  ['never', 'behind', false],
  ['never', 'front', false]
];
for (const [notify, place, some] of WANTED) {
  test(`set to ${notify}, ${some ? 'something' : 'nothing'} is said of a job that is ${place}`, async () => {
    const { said, end } = await page(notify, place);
    await end({});
    assert.equal(said.length, some ? 1 : 0);
  });
}

test('what ended behind stays until it is looked at', async () => {
  const { said, end } = await page('unseen', 'behind');
  await end({});
  assert.equal(said[0]?.autoClose, false);
});

test('of several pages one tells, and that where the job is seen keeps the others quiet', async () => {
  const told = new Set<string>();
  const behind = await page('unseen', 'behind', told);
  const front = await page('unseen', 'seen', told);
  behind.roster.ended.emit({ id: 'x', status: 'completed' });
  await front.end({ id: 'x' });
  assert.deepEqual([behind.said, front.said], [[], []]);
});

test('of two pages in front one tells', async () => {
  const told = new Set<string>();
  const [one, other] = [await page('always', 'front', told), await page('always', 'front', told)];
  one.roster.ended.emit({ id: 'x', status: 'completed' });
  await other.end({ id: 'x' });
  assert.equal(one.said.length + other.said.length, 1);
});

test('many jobs that end together are one notification, which shows the panel', async () => {
  const { said, opened, end } = await page();
  await end({}, {}, { status: 'error' }, {});
  assert.deepEqual(
    said.map(one => [one.message, one.kind, one.autoClose]),
    [['4 jobs have ended, 1 of them failed', 'error', false]]
  );
  said[0]?.actions[0]?.callback(undefined as never);
  assert.deepEqual(opened, [null]);
});

test('the jobs are followed only while somebody wants to be told', async () => {
  const { roster, said, end, set } = await page('never');
  assert.equal(roster.watched, 0);
  set('always');
  assert.equal(roster.watched, 1);
  set('never');
  assert.equal(roster.watched, 0);
  await end({});
  assert.deepEqual(said, []);
});

class Storage {
  text: string | null = null;
  getItem() {
    return this.text;
  }
  setItem(_: string, text: string) {
    this.text = text;
  }
}

/** Give the page a store of its own, and a browser without locks. */
function store(): Storage {
  const made = new Storage();
  Object.defineProperty(globalThis, 'localStorage', { value: made, configurable: true });
  return made;
}

test('a job is claimed once, also after a reload', async () => {
  store();
  assert.deepEqual([await claim('a'), await claim('a'), await claim('b')], [true, false, true]);
});

test('the list of claimed jobs does not grow for ever', async () => {
  const kept = store();
  for (let n = 0; n < 520; n += 1) {
    await claim(`job${n}`);
  }
  assert.equal((JSON.parse(kept.text ?? '') as string[]).length, 500);
});

for (const text of ['{}', 'no json', '[[1]]']) {
  test(`a store that holds ${text} is no reason to say nothing`, async () => {
    store().text = text;
    assert.equal(await claim('a'), true);
  });
}

// what lies over the view's middle, where the job is
const COVERED: [string, (view: Element) => Element | null, string][] = [
  ['the view itself', view => view.firstElementChild, 'seen'],
  ['something else', () => document.body, 'front'],
  ['nothing', () => null, 'front']
];
for (const [what, at, place] of COVERED) {
  test(`a job whose view's middle is ${what} is ${place}`, () => {
    const { one } = show(diamond({ id: 'k7f3m2qa' }));
    document.elementFromPoint = () => at(one('.nodetool-view'));
    assert.deepEqual([placeOf('k7f3m2qa'), placeOf('another')], [place, 'front']);
  });
}

test('a page that is not visible is behind', () => {
  show(diamond({ id: 'k7f3m2qa' }));
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
  assert.equal(placeOf('k7f3m2qa'), 'behind');
  Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
});
