import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { JsonObject } from '../src/view/types';
import { strings } from '../src/view/strings';
import { unshowable } from '../src/view/view';
import { clock, diamond, observers, show } from './page';

const card = (id: string) => `.nt-card[aria-label^="${id}"]`;

// status, what the view's connection is, whether cancel is offered, whether retry is, the word that is shown
const STATES: [string, 'live' | 'static', boolean, boolean, string][] = [
  ['queued', 'live', true, false, 'queued'],
  ['running', 'live', true, false, 'running'],
  ['completed', 'live', false, false, 'completed'],
  ['error', 'live', false, true, 'error'],
  ['cancelled', 'live', false, true, 'cancelled'],
  ['running', 'static', false, false, 'running'],
  ['error', 'static', false, false, 'error']
];
for (const [status, connection, cancel, retry, word] of STATES) {
  test(`a job that is ${status} and ${connection} offers what can be asked of it`, () => {
    const { one, text } = show(diamond({ status }), connection);
    const buttons = [...one('.nt-acts').querySelectorAll('button')].filter(button => !button.hidden);
    const offered = buttons.map(button => button.textContent).filter(name => name !== 'k7f3m2qa');
    assert.deepEqual(offered, [...(cancel ? ['Cancel'] : []), ...(retry ? ['Retry'] : [])]);
    assert.equal(text('.nt-state'), word);
  });
}

test('the head tells the figures of a running job', () => {
  const { all } = show(
    diamond({ started: 1_700_000_000, left: 8, memory: 2e9, gpu_memory: 3e9, strategy: 'docker' })
  );
  assert.deepEqual(
    all('.nt-figure').map(figure => [...figure.children].map(part => part.textContent).join(' ')),
    ['Nodes 1 / 4', 'Elapsed 10 s', 'Left ~ 8 s', 'Memory 2 GB', 'GPU 3 GB', 'Runs in docker']
  );
});

test('the time left is unknown until there is history', () => {
  const { all } = show(diamond());
  assert.ok(all('.nt-figure').some(figure => figure.textContent === 'Leftunknown'));
});

test('the progress is a progressbar with words', () => {
  const bar = show(diamond()).one('[role=progressbar]');
  assert.equal(bar.getAttribute('aria-valuenow'), '25');
  assert.equal(bar.getAttribute('aria-valuetext'), '25 %, 1 of 4 nodes');
});

test('a node tells its name, type, state, progress and items', () => {
  const { one } = show(diamond());
  assert.equal(one(card('Load')).getAttribute('aria-label'), 'Load, Concat, completed, 12 items');
  assert.equal(one(card('Left')).getAttribute('aria-label'), 'Left, Concat, running, 40 %');
});

test('a node that nobody named shows where its type comes from', () => {
  const state = diamond();
  Object.assign((state.graph as never)['nodes']['load'], { name: 'Concat' });
  assert.equal(show(state).text(`${card('Concat')} .nt-card-type`), 'nodetool.text');
});

test('a patch changes what it touches and nothing else', () => {
  const { view, one, frame } = show(diamond());
  const [left, join] = [one(card('Left')), one(card('Join'))];
  const before = join.innerHTML;
  assert.equal(
    view.patch(1, { nodes: { left: { status: 'completed', part: null, ended: 1_700_000_011 } } }),
    true
  );
  frame();
  assert.equal(left.dataset.status, 'completed');
  assert.equal(left.querySelector('.nt-card-time')?.textContent, '9.00 s');
  assert.equal(join.innerHTML, before);
  assert.equal(one(card('Join')), join);
});

test('many patches are drawn in one frame', () => {
  const { view, one, frame } = show(diamond());
  for (let n = 1; n <= 50; n++) {
    view.patch(n, { nodes: { left: { part: n / 100 } } });
  }
  assert.match(one(card('Left')).getAttribute('aria-label') ?? '', /40 %/);
  frame();
  assert.match(one(card('Left')).getAttribute('aria-label') ?? '', /50 %/);
});

test('a change of very many nodes is drawn within a few frames', () => {
  const state = diamond();
  const node = { name: 'N', type: 'T', kind: 'a.T', x: 0, y: 0, w: 160, h: 60 };
  const ids = Array.from({ length: 200 }, (_, n) => `n${n}`);
  const graph = {
    ...(state.graph as JsonObject),
    nodes: Object.fromEntries(ids.map(id => [id, node])),
    edges: {}
  };
  const { view, all, frame } = show({ ...state, graph });
  const done = () => all('.nt-card[data-status=completed]').length;
  view.patch(1, { nodes: Object.fromEntries(ids.map(id => [id, { status: 'completed' }])) });
  frame();
  assert.ok(done() < 200);
  clock.advance(100);
  assert.equal(done(), 200);
});

test('a patch after a hole is refused', () => {
  const { view, one, frame } = show(diamond());
  assert.equal(view.patch(2, { job: { status: 'completed' } }), false);
  frame();
  assert.equal(one('.nt-state').textContent, 'running');
});

test('a snapshot that is older than what is shown changes nothing', () => {
  const { view, text, frame } = show(diamond());
  view.snapshot(diamond({ status: 'queued' }, { at: 1_700_000_005 }));
  frame();
  assert.equal(text('.nt-state'), 'running');
});

test('a line of the log that is dropped goes away', () => {
  const line = (text: string) => ({ time: 1_700_000_001, node: 'load', severity: 'info', text });
  const { view, all, one, frame } = show(diamond({}, { log: { 7: line('one'), 8: line('two') } }));
  one('.nt-log').setAttribute('open', '');
  view.patch(1, { log: { 7: null, 9: line('three') } });
  frame();
  assert.deepEqual(
    all('.nt-log .nt-entry span').map(entry => entry.textContent),
    ['two', 'three']
  );
});

test('the log is narrowed by words, severity and node', () => {
  const line = (text: string, severity: string, node: string) => ({ time: 1, node, severity, text });
  const log = {
    1: line('red fox', 'info', 'load'),
    2: line('red dog', 'error', 'left'),
    3: line('cat', 'error', 'load')
  };
  const { one, all } = show(diamond({}, { log }));
  const fold = one('.nt-log');
  fold.setAttribute('open', '');
  fold.dispatchEvent(new Event('toggle'));
  const [search, severity, node] = [...fold.querySelectorAll<HTMLInputElement>('.nt-field')];
  const narrowed = (words: string, least: string, by: string) => {
    [search!.value, severity!.value, node!.value] = [words, least, by];
    search!.dispatchEvent(new Event('input'));
    return all('.nt-log .nt-entry span').map(entry => entry.textContent);
  };
  assert.deepEqual(narrowed('RED', '', ''), ['red fox', 'red dog']);
  assert.deepEqual(narrowed('', 'warning', ''), ['red dog', 'cat']);
  assert.deepEqual(narrowed('', 'error', 'load'), ['cat']);
});

test('a value is shown by its kind', () => {
  const image = 'data:image/png;base64,iVBORw0KGgo=';
  const outputs = {
    table: { kind: 'table', columns: ['a', 'b'], rows: [['1', '2']], note: '1 row' },
    array: { kind: 'array', text: 'float32 3 × 4', note: '0 … 1' },
    picture: { kind: 'picture', text: 'picture 3 × 4', alt: 'a face', image },
    text: { kind: 'text', text: 'two\nlines' }
  };
  const { one, all } = show(diamond({ status: 'completed' }, { outputs }));
  assert.deepEqual(
    all('.nt-outputs th, .nt-outputs td').map(cell => cell.textContent),
    ['a', 'b', '1', '2']
  );
  assert.deepEqual(
    all('.nt-outputs .nt-note').map(note => note.textContent),
    ['1 row', '0 … 1']
  );
  assert.equal(one('.nt-outputs img').getAttribute('alt'), 'a face');
  assert.equal(one('.nt-outputs pre').textContent, 'two\nlines');
});

test('a picture from anywhere else is not loaded', () => {
  const outputs = { x: { kind: 'picture', text: 'picture', image: 'https://example.org/x.png' } };
  assert.equal(show(diamond({}, { outputs })).all('img').length, 0);
});

test('a click on a node asks for what is in it, and shows it when it comes', () => {
  const { one, view, link, text, frame } = show(diamond());
  one(card('Left')).click();
  assert.deepEqual(link.details, ['left']);
  assert.equal(text('.nt-panel .nt-none'), 'Asking …');
  view.detail('left', { node: 'left', inputs: { text: { kind: 'line', text: 'hello' } }, outputs: {} });
  frame();
  assert.equal(text('.nt-panel dd .nt-line'), 'hello');
});

test('a node whose values are in the snapshot needs no kernel', () => {
  const details = {
    load: { node: 'load', inputs: {}, outputs: { out: { kind: 'line', text: '42' } }, error: 'Oh' }
  };
  const { one, link, text } = show(diamond({ status: 'error' }, { details }), 'static');
  one(card('Load')).click();
  assert.deepEqual(link.details, []);
  assert.equal(text('.nt-panel .nt-error'), 'Oh');
  assert.equal(text('.nt-panel dd .nt-line'), '42');
});

test('a node whose values nobody has says so', () => {
  const { one, text } = show(diamond({ status: 'completed' }), 'static');
  one(card('Load')).click();
  assert.match(text('.nt-panel .nt-none') ?? '', /not kept here/);
});

test('an open node that changes is asked for again, at most twice a second', () => {
  const { one, view, link } = show(diamond());
  one(card('Left')).click();
  for (let n = 1; n <= 40; n++) {
    view.patch(n, { nodes: { left: { part: n / 40 } } });
    clock.advance(50);
  }
  assert.equal(link.details.length, 4);
});

test('cancel is asked for over the link', () => {
  const { all, link } = show(diamond());
  all('.nt-acts button')
    .find(button => button.textContent === 'Cancel')
    ?.click();
  assert.deepEqual(link.requests, ['cancel k7f3m2qa']);
});

test('why a request was refused is said', async () => {
  const { all, link, text } = show(diamond());
  link.answer = { ok: false, message: 'job k7f3m2qa has ended already' };
  all('.nt-acts button')
    .find(button => button.textContent === 'Cancel')
    ?.click();
  await new Promise(setImmediate);
  assert.equal(text('.nt-notice'), 'job k7f3m2qa has ended already');
});

test('a state that nothing follows says of when it is, and its time stands still', () => {
  const { text } = show(diamond({ started: 1_700_000_000 }), 'static');
  clock.advance(60_000);
  assert.match(text('.nt-last') ?? '', /^Last known state, of .+ · neither server nor kernel answers$/);
  assert.match(text('.nt-figures') ?? '', /Elapsed10 s/);
});

test('the time of a running job goes on by itself', () => {
  const { text } = show(diamond({ started: 1_700_000_000 }));
  clock.advance(5000);
  assert.match(text('.nt-figures') ?? '', /Elapsed15 s/);
});

test('an ended job keeps no timer and no observer once it is gone', () => {
  const [timers, watched] = [clock.waiting, observers()];
  const { view, host, one } = show(diamond());
  one(card('Left')).click();
  view.dispose();
  assert.equal(clock.waiting, timers);
  assert.equal(observers(), watched);
  assert.equal(host.childElementCount, 0);
});

const UNSHOWABLE: [string, unknown, string][] = [
  ['no object', 'x', strings().broken],
  ['no job', { v: 1 }, strings().broken],
  ['a newer version', { v: 2, job: {} }, strings().newer]
];
for (const [name, state, words] of UNSHOWABLE) {
  test(`a state with ${name} is not drawn`, () => assert.equal(unshowable(state, strings()), words));
}

test('a state whose fields have wrong types is drawn as far as it goes', () => {
  const { text, all } = show({
    v: 1,
    at: 'noon',
    job: { id: 3, status: 7, done: 'x', progress: 'half' },
    graph: {
      width: 'x',
      nodes: { a: { name: {}, x: 'y', w: -4 }, b: null },
      edges: { e: { from: 'a', to: 9 } }
    },
    nodes: { a: 'running', zz: { status: 'error' } },
    edges: [1],
    log: { x: null },
    outputs: { o: 5 }
  });
  assert.equal(all('.nt-card').length, 2);
  assert.equal(text('.nt-name'), 'workflow');
});
