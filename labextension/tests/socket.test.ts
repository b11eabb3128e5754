import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { clock } from './page';
import type { EventSocket } from '../src/api/socket';
import { calm, FakeServer, look, socketOf } from './server';

const made: EventSocket[] = [];

afterEach(() => {
  look(true);
  made.splice(0).forEach(socket => socket.dispose());
});

function page(present = true) {
  const server = new FakeServer();
  const socket = socketOf(server, present);
  made.push(socket);
  const heard: Record<string, unknown>[] = [];
  const states: string[] = [];
  socket.stateChanged.connect((_, state) => void states.push(state));
  return { server, socket, heard, states, hear: (message: object) => void heard.push({ ...message }) };
}

/** Let a while pass, and what is asked meanwhile be answered. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await calm();
}

test('a page that wants nothing opens nothing', async () => {
  const { server } = page();
  await pass(60_000);
  assert.deepEqual([server.sockets.length, server.got], [0, []]);
});

test('a page whose server has no extension asks it for nothing', async () => {
  const { server, socket, hear } = page(false);
  socket.subscribe({ topic: 'jobs' }, hear);
  look(true);
  await pass(60_000);
  assert.deepEqual([socket.state, server.sockets.length, server.got], ['absent', 0, []]);
});

test('what is wanted is asked for on one socket once the server has said hello', () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  socket.subscribe({ topic: 'state', job: 'k' }, hear);
  assert.deepEqual([server.sockets.length, server.socket.sent, socket.state], [1, [], 'connecting']);
  server.socket.greet();
  assert.deepEqual(server.socket.sent, [
    { type: 'subscribe', id: 1, topic: 'jobs' },
    { type: 'subscribe', id: 2, topic: 'state', job: 'k' }
  ]);
  assert.deepEqual([socket.state, socket.hello], ['open', { version: '0.1.0', hub: false }]);
  assert.equal(server.socket.url, 'ws://lab.test/user/a b/nodetool/api/events/ws');
});

test('each hears what is meant for it, and no more when it has left', () => {
  const { server, socket, heard, hear } = page();
  const one = socket.subscribe({ topic: 'state', job: 'k' }, hear);
  socket.subscribe({ topic: 'jobs' }, () => assert.fail('not for the list'));
  server.socket.greet();
  const gone = { type: 'patch', id: 1, job: 'k', n: 1, patch: {} };
  server.socket.tell(gone);
  one.dispose();
  server.socket.tell(gone);
  assert.deepEqual(heard, [gone]);
  assert.deepEqual(server.socket.sent.at(-1), { type: 'unsubscribe', id: 1 });
});

for (const nonsense of [
  '',
  'nonsense',
  '[1]',
  'null',
  '{}',
  '{"type":"patch","id":77}',
  '{"id":"1"}',
  new Blob()
]) {
  test(`what cannot be read harms nothing: ${String(nonsense)}`, () => {
    const { server, socket, heard, hear } = page();
    socket.subscribe({ topic: 'jobs' }, hear);
    server.socket.greet();
    server.socket.say(nonsense);
    assert.deepEqual([heard, socket.state], [[], 'open']);
  });
}

test('a lost connection comes back soon, and everything is asked for again', async () => {
  const { server, socket, states, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  clock.advance(5000);
  server.socket.drop();
  await pass(199);
  assert.equal(server.sockets.length, 1);
  await pass(1);
  assert.equal(server.sockets.length, 2);
  server.socket.greet();
  assert.deepEqual(server.socket.topics, [{ type: 'subscribe', id: 1, topic: 'jobs' }]);
  assert.deepEqual(states, ['open', 'connecting', 'open']);
});

test('a server that is away is tried ever more patiently, and found when it is back', async () => {
  const { server, socket, states, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  clock.advance(5000);
  server.answers.health = [0, undefined];
  server.socket.drop(1001);
  const tries: number[] = [];
  for (let tenth = 1; tenth <= 400; tenth++) {
    await pass(100);
    if (server.got.length > tries.length) {
      tries.push(tenth / 10);
    }
  }
  assert.deepEqual(tries, [0.2, 0.6, 1.4, 3, 6.2, 12.6, 22.6, 32.6]);
  assert.equal(socket.state, 'offline');
  server.answers.health = [200, {}];
  await pass(10_000);
  server.socket.greet();
  assert.deepEqual(states, ['open', 'connecting', 'offline', 'open']);
});

test('attempts are spread by chance', async () => {
  const server = new FakeServer();
  const { EventSocket } = await import('../src/api/socket');
  const socket = new EventSocket(server.api, { random: () => 0.5 });
  made.push(socket);
  socket.subscribe({ topic: 'jobs' }, () => undefined);
  server.socket.drop();
  await pass(299);
  assert.equal(server.got.length, 0);
  await pass(1);
  assert.equal(server.got.length, 1);
});

test('a connection that is cut again and again is not opened at full speed', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  for (let turn = 0; turn < 5; turn++) {
    server.socket.greet();
    server.socket.drop();
    await pass(200 * 2 ** turn);
  }
  assert.equal(server.sockets.length, 6);
});

test('a server that never says hello is given up and tried again', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  await pass(10_000);
  assert.deepEqual([socket.state, server.socket.closed], ['offline', true]);
  await pass(200);
  assert.equal(server.sockets.length, 2);
});

test('a server that came back without the extension is left alone until the page is looked at anew', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  delete server.answers.health;
  server.socket.drop();
  await pass(200);
  assert.equal(socket.state, 'absent');
  await pass(600_000);
  assert.deepEqual([server.paths, server.sockets.length], [['GET health'], 1]);
  server.answers.health = [200, {}];
  look(true);
  await pass(0);
  server.socket.greet();
  assert.deepEqual([server.sockets.length, socket.state], [2, 'open']);
});

test('a right that was taken away is asked for again only after a while', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  server.socket.drop(4403);
  assert.equal(socket.state, 'offline');
  await pass(9999);
  assert.equal(server.sockets.length, 1);
  await pass(1);
  assert.equal(server.sockets.length, 2);
});

test('events go on after the last number', async () => {
  const { server, socket, heard, hear } = page();
  socket.subscribe({ topic: 'events', job: 'k', after: 17 }, hear);
  server.socket.greet();
  server.socket.tell({ type: 'events', id: 1, job: 'k', events: [{}, {}], last: 19 });
  clock.advance(5000);
  server.socket.drop();
  await pass(200);
  server.socket.greet();
  assert.deepEqual(server.socket.topics, [
    { type: 'subscribe', id: 1, topic: 'events', job: 'k', after: 19 }
  ]);
  assert.equal(heard.length, 1);
});

for (const type of ['end', 'gone', 'error']) {
  test(`a topic that has ended by ${type} is not asked for again`, async () => {
    const { server, socket, heard, hear } = page();
    socket.subscribe({ topic: 'state', job: 'k' }, hear);
    socket.subscribe({ topic: 'jobs' }, () => undefined);
    server.socket.greet();
    server.socket.tell({ type, id: 1, job: 'k', code: 'not_found', message: 'there is no job k' });
    server.socket.drop();
    await pass(400);
    server.socket.greet();
    assert.deepEqual(
      server.socket.topics.map(({ topic }) => topic),
      ['jobs']
    );
    assert.deepEqual(
      heard.map(message => message.type),
      [type]
    );
  });
}

for (const code of ['rate_limited', 'unavailable']) {
  test(`what the server cannot do just now (${code}) is asked for again`, async () => {
    const { server, socket, heard, hear } = page();
    socket.subscribe({ topic: 'jobs' }, hear);
    socket.subscribe({ topic: 'workers' }, hear);
    server.socket.greet();
    server.socket.tell({ type: 'error', id: 1, code, message: 'later' });
    server.socket.tell({ type: 'error', id: 2, code, message: 'later' });
    assert.equal(server.socket.sent.length, 2);
    await pass(1000);
    assert.deepEqual(
      server.socket.sent.slice(2).map(({ topic }) => topic),
      ['jobs', 'workers']
    );
    assert.deepEqual(heard, []);
  });
}

test('a page that nobody looks at sleeps, and begins anew when it is looked at', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  look(false);
  await pass(29_999);
  assert.equal(server.socket.topics.length, 1);
  await pass(1);
  assert.equal(server.socket.topics.length, 0);
  await pass(5000);
  assert.equal(server.socket.closed, true);
  await pass(600_000);
  assert.equal(server.sockets.length, 1);
  look(true);
  server.socket.greet();
  assert.deepEqual(server.socket.topics, [{ type: 'subscribe', id: 1, topic: 'jobs' }]);
});

test('what is wanted of a hidden page too goes on', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear, { hidden: true });
  socket.subscribe({ topic: 'resources' }, hear);
  server.socket.greet();
  look(false);
  await pass(60_000);
  assert.deepEqual([server.socket.closed, server.socket.topics.map(({ topic }) => topic)], [false, ['jobs']]);
});

test('a page that is looked away from shortly goes on as it was', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  look(false);
  await pass(20_000);
  look(true);
  await pass(60_000);
  assert.equal(server.socket.sent.length, 1);
});

test('a connection that nobody needs is kept for a moment, then closed, and opened when it is needed', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear).dispose();
  server.socket.greet();
  socket.subscribe({ topic: 'workers' }, hear).dispose();
  assert.deepEqual([server.sockets.length, socket.state], [1, 'open']);
  await pass(5000);
  assert.deepEqual([server.socket.closed, socket.state], [true, 'connecting']);
  socket.subscribe({ topic: 'workers' }, hear);
  server.socket.greet();
  assert.deepEqual([server.sockets.length, socket.state], [2, 'open']);
});

test('a server that was away when it was needed last is tried when it is needed again', async () => {
  const { server, socket, hear } = page();
  const one = socket.subscribe({ topic: 'jobs' }, hear);
  server.answers.health = [0, undefined];
  server.socket.drop();
  await pass(1000);
  one.dispose();
  await pass(60_000);
  assert.deepEqual([socket.state, server.sockets.length], ['connecting', 1]);
  socket.subscribe({ topic: 'jobs' }, hear);
  assert.equal(server.sockets.length, 2);
});

for (const [what, happens] of [
  ['the network is back', () => window.dispatchEvent(new Event('online'))],
  ['the page is looked at', () => look(true)]
] as const) {
  test(`the server is tried at once when ${what}`, async () => {
    const { server, socket, hear } = page();
    socket.subscribe({ topic: 'jobs' }, hear);
    server.answers.health = [0, undefined];
    server.socket.drop();
    await pass(30_000);
    server.answers.health = [200, {}];
    happens();
    await pass(0);
    assert.equal(server.sockets.length, 2);
  });
}

test('an open connection that may be dead is replaced when the network is back', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  window.dispatchEvent(new Event('online'));
  await pass(0);
  assert.deepEqual(
    server.sockets.map(({ closed }) => closed),
    [true, false]
  );
});

test('what is in a node is asked for and answered once', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  const asked = socket.detail('k', 'a/b');
  assert.deepEqual(server.socket.sent.at(-1), { type: 'detail', id: 2, job: 'k', node: 'a/b' });
  server.socket.tell({ type: 'detail', id: 2, job: 'k', node: 'a/b', detail: { node: 'a/b' } });
  assert.deepEqual(await asked, { node: 'a/b' });
});

test('a node that is not there, and a connection that is lost, end a question', async () => {
  const { server, socket, hear } = page();
  await assert.rejects(socket.detail('k', 'n'), { code: 'unreachable' });
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  const [one, two] = [socket.detail('k', 'n'), socket.detail('k', 'n')];
  server.socket.tell({ type: 'error', id: 2, code: 'not_found', message: 'there is no job k' });
  await assert.rejects(one, { code: 'not_found', message: 'there is no job k' });
  server.socket.drop();
  await assert.rejects(two, { code: 'unreachable' });
});

test('a page that is done lets go of everything', async () => {
  const { server, socket, hear } = page();
  socket.subscribe({ topic: 'jobs' }, hear);
  server.socket.greet();
  socket.dispose();
  assert.equal(server.socket.closed, true);
  look(false);
  window.dispatchEvent(new Event('online'));
  await pass(60_000);
  assert.deepEqual([server.sockets.length, server.got, clock.waiting], [1, [], 0]);
});
