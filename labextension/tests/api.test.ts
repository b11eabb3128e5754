import assert from 'node:assert/strict';
import { test } from 'node:test';

import './page';
import { ApiError } from '../src/api/server';
import { FakeServer } from './server';

test('a list is asked for with what is given of its query', async () => {
  const server = new FakeServer();
  server.answers.jobs = [200, { jobs: [], next: null, total: 0 }];
  await server.api.jobs({ status: ['running', 'queued'], q: 'a b', limit: 50 });
  assert.deepEqual(server.paths, ['GET jobs?status=running%2Cqueued&q=a+b&limit=50']);
});

test('an id from outside stays one part of the address', async () => {
  const server = new FakeServer();
  await server.api.job('../../api/status?x').catch(() => undefined);
  assert.deepEqual(server.paths, ['GET jobs/..%2F..%2Fapi%2Fstatus%3Fx']);
});

test('a submission carries its body and its key', async () => {
  const server = new FakeServer();
  server.answers.jobs = [201, { id: 'k7f3m2qa', status: 'queued' }];
  assert.equal((await server.api.submit({ graph: {} }, 'once')).id, 'k7f3m2qa');
  const [{ body, headers }] = server.got as [(typeof server.got)[0]];
  assert.deepEqual(
    [body, headers.get('Content-Type'), headers.get('Idempotency-Key')],
    ['{"graph":{}}', 'application/json', 'once']
  );
});

test('an act bears the token against forged requests', async () => {
  const server = new FakeServer();
  document.cookie = '_xsrf=secret';
  server.answers['jobs/k/cancel'] = [202, { cancelled: true }];
  assert.equal(await server.api.cancel('k'), true);
  assert.equal(server.got[0]?.headers.get('X-XSRFToken'), 'secret');
});

test('a job is deleted without a body in the answer', async () => {
  const server = new FakeServer();
  server.answers['jobs/k'] = [204, undefined];
  assert.equal(await server.api.remove('k'), undefined);
});

const faults: [string, [number, unknown], Partial<ApiError>][] = [
  [
    'a problem in words',
    [409, { code: 'not_ended', message: 'it runs', hint: 'cancel it' }],
    { status: 409, code: 'not_ended', message: 'it runs', hint: 'cancel it' }
  ],
  ['a page of a proxy', [502, '<html>'], { status: 502, code: 'unknown', message: '502', hint: '' }],
  ['a list', [500, [1]], { status: 500, code: 'unknown' }],
  ['nothing', [0, undefined], { status: 0, code: 'unreachable' }]
];
for (const [what, answer, expected] of faults) {
  test(`what is answered with ${what} rejects as a problem`, async () => {
    const server = new FakeServer();
    server.answers['jobs/k/retry'] = answer;
    const error = await server.api.retry('k').then(
      () => null,
      (found: unknown) => found
    );
    assert.ok(error instanceof ApiError);
    const found = error as unknown as Record<string, unknown>;
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map(key => [key, found[key]])), expected);
  });
}
