import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RosterChange } from '../src/model/roster';
import { Page, record, runs } from './panel';
import './page';
import { calm } from './server';

const ids = (page: Page) => page.roster.jobs.map(({ id }) => id);

/** Remember which jobs are told to have ended. */
function ends(page: Page): string[] {
  const found: string[] = [];
  page.roster.ended.connect((_, { id }) => found.push(id));
  return found;
}

test('the jobs are in the order of their submission, the newest first', async () => {
  const page = await new Page().begin([record(1), runs(3), record(2)], 12);
  assert.deepEqual(ids(page), ['job3', 'job2', 'job1']);
  assert.equal(page.roster.total, 12);
  assert.equal(page.roster.state, 'ready');
});

test('a change replaces what was known of a job, and a new job is one more', async () => {
  const page = await new Page().begin([runs(1)], 5);
  const changes: RosterChange[] = [];
  page.roster.changed.connect((_, change) => changes.push(change));
  page.tell({ type: 'changed', jobs: [runs(1, { progress: 0.5 }), runs(2)] });
  assert.equal(page.roster.get('job1')?.progress, 0.5);
  assert.deepEqual(ids(page), ['job2', 'job1']);
  assert.equal(page.roster.total, 6);
  assert.deepEqual(changes, [new Set(['job1', 'job2'])]);
});

test('a job that was removed is no more in the list', async () => {
  const page = await new Page().begin([record(1), record(2)]);
  page.tell({ type: 'removed', jobs: ['job1'] });
  assert.deepEqual(ids(page), ['job2']);
  assert.equal(page.roster.total, 1);
});

test('the end of a job is told once', async () => {
  const page = await new Page().begin([runs(1), record(0)]);
  const ended = ends(page);
  page.tell({ type: 'job', job: record(1) });
  page.tell({ type: 'job', job: record(1, { name: 'another' }) });
  assert.deepEqual(ended, ['job1']);
});

test('the end of a job that nobody saw begin is told', async () => {
  const page = await new Page().begin([record(0)]);
  const ended = ends(page);
  page.tell({ type: 'job', job: record(1, { status: 'error' }) });
  assert.deepEqual(ended, ['job1']);
});

test('jobs that had ended before the first list are not told to end', async () => {
  const page = new Page();
  const ended = ends(page);
  await page.begin([record(1), record(2)]);
  assert.deepEqual(ended, []);
});

test('what ended while the server could not be heard is told with the next list', async () => {
  const page = await new Page().begin([runs(2), record(1)]);
  const ended = ends(page);
  page.tell({ type: 'jobs', jobs: [record(3), record(2), record(1)], total: 3 });
  assert.deepEqual(ended, ['job3', 'job2']);
});

test('the topic is left when nobody watches, and followed anew by who watches then', async () => {
  const page = await new Page().begin([record(1)]);
  const other = page.roster.watch();
  page.watch.dispose();
  assert.notEqual(page.topic('jobs'), undefined);
  other.dispose();
  assert.equal(page.topic('jobs'), undefined);
  page.watch = page.roster.watch();
  assert.notEqual(page.topic('jobs'), undefined);
});

test('a server that refuses the list says why, until it is asked again', async () => {
  const page = new Page();
  await calm();
  page.server.socket.greet();
  page.tell({ type: 'error', code: 'forbidden', message: 'This user may not read jobs.' });
  assert.equal(page.roster.state, 'refused');
  assert.equal(page.roster.problem?.message, 'This user may not read jobs.');
  page.roster.again();
  page.tell({ type: 'jobs', jobs: [record(1)], total: 1 });
  assert.equal(page.roster.state, 'ready');
});

test('a lost connection leaves the jobs as they were last known', async () => {
  const page = await new Page().begin([record(1)]);
  const states: string[] = [];
  page.roster.changed.connect(({ state }) => states.push(state));
  await page.lose();
  assert.equal(states.at(-1), 'offline');
  assert.deepEqual(ids(page), ['job1']);
});
