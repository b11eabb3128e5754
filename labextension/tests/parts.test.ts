import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ResourcesMessage } from '../src/api/types';
import { Keyed } from '../src/components/keyed';
import { Sparkline } from '../src/components/sparkline';
import { KEPT, Lines } from '../src/model/lines';
import { figures } from '../src/model/resources';
import { Machine } from '../src/panel/machine';
import { Workers } from '../src/panel/workers';
import { clock } from './page';
import { one, Page, texts, WORDS } from './panel';
import { PAYLOADS } from './payloads';
import { calm, FakeServer } from './server';

const busy: ResourcesMessage = {
  type: 'resources',
  time: 1_700_000_000,
  cpu: { used: 1.5, all: 2 },
  memory: { used: 2e9, all: 8e9 },
  gpus: [{ index: 1, name: 'L40S', used: 0.5, memory_used: 12e9, memory_all: 48e9 }],
  mine: true
};

/** A part of the panel on an empty page, which is seen. */
async function part(
  make: (page: Page) => Machine | Workers
): Promise<{ page: Page; shown: Machine | Workers }> {
  const page = await new Page().begin([]);
  const shown = make(page);
  document.body.replaceChildren(shown.fold.element);
  shown.wake(true);
  return { page, shown };
}

test('the machine shows a value in words and a curve for each of its parts', async () => {
  const { page } = await part(({ socket }) => new Machine(socket, WORDS));
  page.tell({ ...busy }, 'resources');
  assert.deepEqual(texts('dt'), ['CPU', 'Memory', 'GPU 1 · L40S', 'GPU 1 memory']);
  assert.deepEqual(texts('dd'), ['1.5 of 2 cores', '2 GB of 8 GB', '50 %', '12 GB of 48 GB']);
  assert.equal(one('.ntp-fold-note').textContent, 'your share');
});

test('curves go on where the parts stay the same', async () => {
  const { page } = await part(({ socket }) => new Machine(socket, WORDS));
  page.tell({ ...busy }, 'resources');
  const before = one('.ntp-gauge');
  page.tell({ ...busy, cpu: { used: 0, all: 2 } }, 'resources');
  assert.equal(one('.ntp-gauge'), before);
  assert.match(one('.ntp-spark-line').getAttribute('d') ?? '', /^M118\.0 7\.5L120\.0 27\.0$/);
});

test('figures that are not known are left out', () => {
  const message = { ...busy, gpus: [{ index: 0, name: 'A' }], memory: { used: 1, all: 0 } };
  assert.deepEqual(
    figures(message).map(({ key }) => key),
    ['cpu']
  );
});

test('a curve holds its newest values, each between nothing and all', () => {
  const spark = new Sparkline();
  for (let value = 0; value < 70; value++) {
    spark.add(value === 69 ? 7 : -1);
  }
  assert.deepEqual([spark.shares.length, spark.shares[58], spark.shares[59]], [60, 0, 1]);
});

const worker = {
  name: 'studio',
  url_host: 'gpu.test',
  state: 'connected',
  version: '0.8.2',
  nodes: 1184,
  gpu: [{ name: 'L40S' }],
  queue: 2
};

test('a worker tells its state, version, node types, GPUs and queue', async () => {
  const { page } = await part(({ socket }) => new Workers(socket, WORDS));
  page.tell(
    { type: 'workers', workers: [worker, { name: 'a', url_host: '', state: 'refused', error: 'no' }] },
    'workers'
  );
  assert.deepEqual(texts('.ntp-worker .ntp-soft'), [
    'connected · version 0.8.2 · 1,184 node types · L40S · 2 wait',
    'refused'
  ]);
  assert.deepEqual(texts('.ntp-fault:not([hidden])'), ['no']);
});

test('without workers it is said how there are some', async () => {
  const { page } = await part(({ socket }) => new Workers(socket, WORDS));
  page.tell({ type: 'workers', workers: [] }, 'workers');
  assert.equal(one('.nt-none').textContent, WORDS.noWorkers);
});

test('what a worker says is text', async () => {
  for (const payload of PAYLOADS) {
    const { page } = await part(({ socket }) => new Workers(socket, WORDS));
    const hostile = {
      ...worker,
      name: payload,
      url_host: payload,
      version: payload,
      error: payload,
      gpu: [payload]
    };
    page.tell({ type: 'workers', workers: [hostile] }, 'workers');
    assert.equal(one('.ntp-row-name').textContent, payload);
    assert.equal(
      document.querySelector('#hit, script, iframe, style, form, a, template, math, [onerror]'),
      null
    );
  }
});

test('a part that is folded, hidden or not offered follows no topic', async () => {
  const { page, shown } = await part(({ socket }) => new Machine(socket, WORDS));
  const follows = () => page.topic('resources') !== undefined;
  const seen = [follows()];
  for (const [leave, come] of [
    [() => shown.open(false), () => shown.open(true)],
    [() => shown.wake(false), () => shown.wake(true)],
    [() => shown.offer(false), () => shown.offer(true)]
  ] as const) {
    leave();
    seen.push(follows());
    come();
    seen.push(follows());
  }
  assert.deepEqual(seen, [true, false, true, false, true, false, true]);
});

test('a topic that is refused says why', async () => {
  const { page } = await part(({ socket }) => new Machine(socket, WORDS));
  page.tell({ type: 'error', code: 'forbidden', message: 'Not for you.' }, 'resources');
  assert.equal(one('.nt-none').textContent, 'Not for you.');
});

test('what stays in a list is the same element, in its new place', () => {
  const host = document.createElement('div');
  const list = new Keyed<string, { element: HTMLElement; draw(): void }>(
    host,
    word => word,
    word => {
      const element = document.createElement('p');
      element.textContent = word;
      return { element, draw: () => undefined };
    }
  );
  list.draw(['a', 'b', 'c']);
  const before = [...host.children];
  list.draw(['c', 'x', 'a']);
  assert.deepEqual(
    [...host.children].map(({ textContent }) => textContent),
    ['c', 'x', 'a']
  );
  assert.deepEqual([host.children[0], host.children[2]], [before[2], before[0]]);
});

test('a long log is read to its end, and its newest lines are kept', async () => {
  const server = new FakeServer();
  const pages = 7;
  server.api.logs = (_, { after = 0 } = {}) =>
    Promise.resolve({
      lines: Array.from({ length: 1000 }, (__, place) => ({
        ...{ seq: after + place + 1, time: 0, node: '', severity: 'info' },
        text: String(after + place + 1)
      })),
      next: after + 1000,
      end: after + 1000 === pages * 1000
    });
  const lines = new Lines('j', server.api);
  lines.more();
  await calm();
  await calm();
  assert.deepEqual([lines.lines.length, lines.cut, lines.lines.at(-1)?.text], [KEPT, true, '7000']);
});

test('a log that cannot be read says why, and is asked for again', async () => {
  const server = new FakeServer();
  server.answers['jobs/j/logs'] = [503, { code: 'unavailable', message: 'Later.' }];
  const lines = new Lines('j', server.api);
  lines.more();
  await calm();
  assert.equal(lines.problem, 'Later.');
  const line = { seq: 1, time: 0, node: '', severity: 'info', text: 'a' };
  server.answers['jobs/j/logs'] = [200, { lines: [line], next: 1, end: true }];
  lines.more();
  clock.advance(400);
  await calm();
  assert.deepEqual([lines.problem, lines.lines], ['', [line]]);
});
