import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import type { EventSocket } from '../src/api/socket';
import { ServerSource } from '../src/server-source';
import type { JsonObject } from '../src/view/types';
import { FakeKernel, listening, snapshot } from './kernel';
import { clock, diamond, show } from './page';
import { calm, FakeServer, socketOf } from './server';

const JOB = 'k7f3m2qa';
const made: EventSocket[] = [];

afterEach(() => made.splice(0).forEach(socket => socket.dispose()));

/** A page with a kernel, or none, and a server; the server has said hello if it was spoken to. */
async function page({
  kernel = null as FakeKernel | null,
  present = true,
  state = diamond() as JsonObject
} = {}) {
  const server = new FakeServer();
  const socket = socketOf(server, present);
  made.push(socket);
  const { jobs, context } = await listening(kernel, new ServerSource(server.api, socket));
  const shown = show(state, 'static');
  const leave = jobs.place(shown.view, () => context);
  server.socket?.greet();
  const tell = (message: JsonObject) => server.socket.tell({ ...message, id: server.socket.idOf(JOB) });
  const connection = () => {
    shown.frame();
    return shown.one('.nodetool-view').dataset.connection;
  };
  const done = () => {
    shown.frame();
    return shown.text('.nt-figures')?.match(/(\d) \/ 4/)?.[1];
  };
  return { server, socket, jobs, context, shown, leave, tell, connection, done };
}

const patch = (n: number, done: number): JsonObject => ({
  type: 'patch',
  job: JOB,
  n,
  patch: { job: { done } }
});

test('a job that the server knows is live without a kernel', async () => {
  const { server, tell, connection, done } = await page();
  assert.equal(connection(), 'waiting');
  assert.deepEqual(server.socket.topics, [{ type: 'subscribe', id: 1, topic: 'state', job: JOB }]);
  tell(snapshot({ done: 2 }));
  tell(patch(1, 3));
  assert.deepEqual([connection(), done()], ['live', '3']);
});

test('a job that the server knows is live while its kernel does not answer', async () => {
  const kernel = new FakeKernel();
  kernel.requestCommInfo = () => new Promise(() => undefined);
  const { tell, connection } = await page({ kernel });
  tell(snapshot());
  clock.advance(10_000);
  await calm();
  assert.deepEqual([connection(), kernel.asked], ['live', []]);
});

const unknown: JsonObject[] = [
  { type: 'gone', job: JOB, message: 'there is no job' },
  { type: 'error', code: 'not_found', message: 'there is no job' }
];
for (const answer of unknown) {
  test(`a job that the server does not know (${String(answer.type)}) is its kernel's`, async () => {
    const kernel = new FakeKernel();
    const { tell, connection, server } = await page({ kernel });
    tell(answer);
    kernel.tell(snapshot());
    assert.deepEqual([connection(), server.socket.topics.length], ['live', 1]);
    assert.deepEqual(kernel.types(), ['connect', 'follow']);
  });
}

test('a job that neither knows is shown as it was', async () => {
  const { tell, connection } = await page();
  tell({ type: 'gone', job: JOB });
  assert.equal(connection(), 'static');
});

test('a server without the extension leaves everything to the kernel', async () => {
  const kernel = new FakeKernel();
  const { server, connection, jobs, context } = await page({ kernel, present: false });
  kernel.tell(snapshot());
  await jobs.request('cancel', JOB, context);
  assert.equal(connection(), 'live');
  assert.deepEqual([server.sockets.length, server.got], [0, []]);
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'cancel']);
});

test('a kernel tells until the server does, and then no more', async () => {
  const kernel = new FakeKernel();
  const { tell, connection, done } = await page({ kernel });
  kernel.tell(snapshot({ done: 1 }));
  kernel.tell(patch(1, 2));
  assert.deepEqual([connection(), done()], ['live', '2']);
  tell(snapshot({ done: 2 }));
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'unfollow']);
  kernel.tell(patch(2, 4)); // was under way
  assert.equal(done(), '2');
  tell(patch(1, 3));
  assert.deepEqual([connection(), done()], ['live', '3']);
});

test('a server that is behind the kernel takes nothing back', async () => {
  const kernel = new FakeKernel();
  const { tell, done } = await page({ kernel });
  const at = diamond().at as number;
  kernel.tell({ type: 'snapshot', job: JOB, state: diamond({ done: 3 }, { at: at + 1 }) });
  tell({ type: 'snapshot', job: JOB, state: diamond({ done: 1 }, { at: at - 1 }) });
  assert.equal(done(), '3');
  tell({ type: 'patch', job: JOB, n: 1, patch: { at, job: { done: 2 } } });
  assert.equal(done(), '3');
  tell({ type: 'patch', job: JOB, n: 2, patch: { at: at + 2, job: { done: 4 } } });
  assert.equal(done(), '4');
});

test('what a cell shows meanwhile does not end the following', async () => {
  const { shown, tell, done } = await page();
  tell(snapshot({ done: 1 }));
  tell(patch(1, 2));
  shown.view.snapshot(diamond({ done: 2 }));
  tell(patch(2, 3));
  assert.equal(done(), '3');
});

test('a server that restarts is followed again, and the view stays live meanwhile', async () => {
  const { server, tell, connection, done } = await page();
  tell(snapshot({ done: 1 }));
  clock.advance(5000);
  server.socket.drop(1001);
  assert.equal(connection(), 'live');
  clock.advance(200);
  await calm();
  server.socket.greet();
  tell(snapshot({ done: 3 }));
  tell(patch(1, 4));
  assert.deepEqual([connection(), done()], ['live', '4']);
});

test('a server that stays away leaves the last known state, and is followed when it is back', async () => {
  const { server, tell, connection } = await page();
  tell(snapshot());
  server.answers.health = [0, undefined];
  server.socket.drop();
  clock.advance(400);
  await calm();
  assert.equal(connection(), 'static');
  server.answers.health = [200, {}];
  clock.advance(10_000);
  await calm();
  server.socket.greet();
  assert.equal(connection(), 'waiting');
  tell(snapshot());
  assert.equal(connection(), 'live');
});

test('a server that stays away leaves the job to its kernel', async () => {
  const kernel = new FakeKernel();
  const { server, tell, connection } = await page({ kernel });
  tell(snapshot());
  server.answers.health = [0, undefined];
  server.socket.drop();
  clock.advance(1000);
  await calm();
  kernel.tell(snapshot());
  assert.equal(connection(), 'live');
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'unfollow', 'follow']);
});

test('a kernel that dies leaves a job live that the server knows', async () => {
  const kernel = new FakeKernel();
  const { tell, connection } = await page({ kernel });
  tell(snapshot());
  kernel.become('dead');
  assert.equal(connection(), 'live');
});

test('the last view that closes ends the following', async () => {
  const { server, leave, jobs } = await page();
  const again = jobs.place(show(diamond()).view, () => null);
  leave();
  assert.equal(server.socket.topics.length, 1);
  again();
  assert.equal(server.socket.topics.length, 0);
});

test('two views of a job are fed by one following', async () => {
  const { server, jobs, tell, connection } = await page();
  tell(snapshot());
  const second = show(diamond(), 'static');
  jobs.place(second.view, () => null);
  second.frame();
  assert.deepEqual([connection(), second.one('.nodetool-view').dataset.connection], ['live', 'live']);
  assert.equal(server.socket.topics.length, 1);
});

for (const [what, jobs, visible] of [
  ['known', [{ id: JOB }], true],
  ['unknown', [{ id: `${JOB}x` }], false]
] as const) {
  test(`an ended job that is ${what} to the server can${visible ? '' : 'not'} be retried without a kernel`, async () => {
    const server = new FakeServer();
    server.answers.jobs = [200, { jobs }];
    const { jobs: all } = await listening(null, new ServerSource(server.api, socketOf(server)));
    const shown = show(diamond({ status: 'error' }), 'static');
    all.place(shown.view, () => null);
    await calm();
    shown.frame();
    assert.deepEqual([server.paths, server.sockets.length], [[`GET jobs?q=${JOB}&limit=10`], 0]);
    const retry = shown.all('button').find(({ textContent }) => textContent === 'Retry');
    assert.equal(retry?.hidden ?? true, !visible);
  });
}

test('a click on cancel goes to the server that knows the job, whatever the kernel does', async () => {
  const kernel = new FakeKernel();
  const { server, tell, jobs, context } = await page({ kernel });
  tell(snapshot());
  server.answers[`jobs/${JOB}/cancel`] = [202, { cancelled: true }];
  assert.deepEqual(await jobs.request('cancel', JOB, context), { ok: true });
  assert.deepEqual(server.paths, [`POST jobs/${JOB}/cancel`]);
  assert.ok(!kernel.types().includes('cancel'));
});

test('a click on retry goes to the server, which tells the new job', async () => {
  const { server, tell, jobs } = await page();
  tell(snapshot());
  server.answers[`jobs/${JOB}/retry`] = [201, { id: 'm2qak7f3' }];
  assert.deepEqual(await jobs.request('retry', JOB, null), { ok: true, job: 'm2qak7f3' });
});

test('a click on retry goes to a kernel that answers, which has the nodes of its notebook', async () => {
  const kernel = new FakeKernel();
  const { server, tell, jobs, context } = await page({ kernel });
  tell(snapshot());
  assert.deepEqual(await jobs.request('retry', JOB, context), { status: 'ok', ok: true });
  assert.deepEqual([kernel.types().at(-1), server.got], ['retry', []]);
});

const forbidden = { ok: false, message: 'Forbidden' };
const refusals: ['cancel' | 'retry', [number, unknown], object | null][] = [
  ['cancel', [404, { code: 'not_found', message: 'no job' }], null],
  ['cancel', [0, undefined], null],
  ['cancel', [403, { message: 'Forbidden' }], forbidden],
  ['retry', [403, { message: 'Forbidden' }], forbidden],
  ['retry', [409, { code: 'conflict', message: 'it runs' }], { ok: false, message: 'it runs' }],
  ['retry', [0, undefined], { ok: false, message: 'Failed to fetch' }]
];
for (const [kind, answer, expected] of refusals) {
  const next = expected ? 'is told to the user' : 'is asked of the kernel';
  test(`a ${kind} that the server answers with ${answer[0]} ${next}`, async () => {
    const kernel = new FakeKernel();
    kernel.greets = kind === 'cancel';
    const { server, tell, jobs, context } = await page({ kernel });
    tell(snapshot());
    server.answers[`jobs/${JOB}/${kind}`] = answer;
    const given = await jobs.request(kind, JOB, context);
    assert.deepEqual(given, expected ?? { status: 'ok', ok: true });
    assert.equal(kernel.types().includes(kind), expected === null);
  });
}

test('a click that nobody answers says so', async () => {
  const { jobs, tell } = await page();
  tell(snapshot());
  await assert.rejects(jobs.request('cancel', JOB, null));
  assert.deepEqual([jobs.reaches(JOB), jobs.reaches('m2qak7f3')], [true, false]);
});

test('what is in a node is asked of the server, by its socket while that is open', async () => {
  const { server, tell, jobs, shown } = await page();
  const seen: unknown[] = [];
  shown.view.detail = (node, detail) => void seen.push([node, detail.error]);
  const link = jobs.linkOf({ session: () => null });
  server.answers[`jobs/${JOB}/nodes/left`] = [200, { node: 'left', error: 'by a request' }];
  server.socket.drop();
  link.detail(JOB, 'left');
  await calm();
  clock.advance(200);
  await calm();
  server.socket.greet();
  tell(snapshot());
  link.detail(JOB, 'left');
  const { id } = server.socket.sent.at(-1) as { id: number };
  server.socket.tell({ type: 'detail', id, job: JOB, node: 'left', detail: { error: 'by the socket' } });
  await calm();
  assert.deepEqual(seen, [
    ['left', 'by a request'],
    ['left', 'by the socket']
  ]);
});

test('what is in a node that the server does not know is asked of the kernel', async () => {
  const kernel = new FakeKernel();
  const { server, tell, jobs, context } = await page({ kernel });
  tell(snapshot());
  jobs.linkOf({ session: () => context }).detail(JOB, 'left');
  const { id } = server.socket.sent.at(-1) as { id: number };
  server.socket.tell({ type: 'error', id, code: 'not_found', message: 'no node' });
  await calm();
  assert.deepEqual(kernel.asked.at(-1), {
    type: 'detail',
    job: JOB,
    node: 'left',
    page: kernel.asked[0]?.page
  });
});
