import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAYLOADS } from './payloads';
import { all, enter, one, Page, press, record, runs, texts } from './panel';
import { clock } from './page';
import { calm } from './server';

const names = () => texts('.ntp-row-name');
const many = (count: number) => Array.from({ length: count }, (_, place) => record(count - place));

/** A page whose list shows these jobs. */
async function listed(jobs: Parameters<Page['begin']>[0], total = jobs.length): Promise<Page> {
  const page = await new Page().begin(jobs, total);
  page.list();
  return page;
}

test('jobs stand in their groups: those that run, those that wait by their place, those that have ended', async () => {
  await listed([
    record(1),
    runs(2),
    record(3, { status: 'queued', ended: null, queue_position: 2 }),
    record(4, { status: 'queued', ended: null, queue_position: 1 }),
    record(5, { status: 'error' })
  ]);
  assert.deepEqual(names(), ['Job 2', 'Job 4', 'Job 3', 'Job 5', 'Job 1']);
  assert.deepEqual(texts('.ntp-fold:not([hidden]) .ntp-fold-note'), ['1', '2', '2']);
});

test('a row tells the state in a word, how far the job is, and what is left', async () => {
  await listed([runs(1, { left: 12, notebook: 'a/b.ipynb', started: 1_700_000_040 })]);
  assert.equal(one('.ntp-row-state').textContent, 'running');
  assert.equal(one('.ntp-row-more').textContent, '25 % · ~ 12 s left · threaded · b.ipynb');
  assert.equal(one('.ntp-row-time').textContent, '1 min 00 s');
  assert.equal(one('.ntp-row').getAttribute('aria-label'), 'Job 1, running, 25 %, threaded, from b.ipynb');
});

test('a row that stays is the same element, and keeps the focus', async () => {
  const page = await listed([runs(1), record(0)]);
  const row = one('[data-job=job1]');
  row.focus();
  page.tell({ type: 'changed', jobs: [runs(1, { progress: 0.5 }), runs(2)] });
  assert.equal(one('[data-job=job1]'), row);
  assert.equal(document.activeElement, row);
});

test('where the job with the focus is deleted, the next one has it', async () => {
  const page = await listed([record(3), record(2), record(1)]);
  one('[data-job=job2]').focus();
  page.tell({ type: 'removed', jobs: ['job2'] });
  assert.equal((document.activeElement as HTMLElement).dataset.job, 'job1');
});

test('the keys go through all groups, and one row alone is a stop for Tab', async () => {
  await listed([runs(3), record(2), record(1)]);
  assert.deepEqual(texts('.ntp-row[tabindex="0"] .ntp-row-name'), ['Job 3']);
  one('.ntp-row').focus();
  const passed = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'Home', 'End'].map(key => {
    press(key);
    return (document.activeElement as HTMLElement).dataset.job;
  });
  assert.deepEqual(passed, ['job2', 'job1', 'job1', 'job2', 'job3', 'job1']);
});

test('Enter opens a job, Delete cancels one that runs and deletes one that has ended', async () => {
  const page = await listed([runs(2), record(1)]);
  one('[data-job=job2]').focus();
  press('Enter');
  press('Delete');
  press('ArrowDown');
  press('Delete');
  assert.deepEqual(page.acts, ['open job2', 'cancel job2', 'remove job1']);
});

test('the mouse opens a job, and its small button does not', async () => {
  const page = await listed([runs(2), record(1, { status: 'error' })]);
  one('[data-job=job2]').click();
  one('[data-job=job2] .ntp-quick').click();
  one('[data-job=job1] .ntp-quick').click();
  assert.deepEqual(page.acts, ['open job2', 'cancel job2', 'retry job1']);
});

test('words and a state narrow the list, and Escape clears the words', async () => {
  await listed([runs(3, { name: 'Train' }), record(2, { name: 'Rank' }), record(1, { id: 'xrankx' })]);
  enter('.ntp-filter input', 'rank');
  assert.deepEqual(names(), ['Rank', 'Job 1']);
  assert.equal(one('.ntp-foot span').textContent, '2 of 3 jobs');
  one('.ntp-filter input').focus();
  press('Escape');
  assert.equal(names().length, 3);
  enter('.ntp-filter select', 'running');
  assert.deepEqual(names(), ['Train']);
});

test('from the filter, the arrow leads to the first job that is left', async () => {
  const page = await listed([runs(3), record(2), record(1)]);
  page.tell({ type: 'job', job: runs(4) });
  one('.ntp-filter input').focus();
  press('ArrowDown');
  assert.equal((document.activeElement as HTMLElement).dataset.job, 'job4');
});

test('where nothing matches, that is said, with a way back', async () => {
  await listed([record(1)]);
  enter('.ntp-filter input', 'nothing like this');
  assert.equal(one('.ntp-message-title').textContent, 'No job matches');
  one('.ntp-message button').click();
  clock.advance(20);
  assert.deepEqual(names(), ['Job 1']);
});

test('the server is asked for matches that are not known here, once the keys rest', async () => {
  const page = await listed(many(3), 5000);
  page.server.answers.jobs = [200, { jobs: [record(-7, { name: 'Old one' })], next: null, total: 1 }];
  enter('.ntp-filter input', 'ol');
  enter('.ntp-filter input', 'old');
  clock.advance(300);
  await calm();
  clock.advance(20);
  assert.deepEqual(
    page.server.paths.filter(path => path.includes('q=')),
    ['GET jobs?sort=-submitted&limit=200&q=old']
  );
  assert.deepEqual(names(), ['Old one']);
});

test('of ten thousand jobs the newest 200 and all that run are shown, and more when asked', async () => {
  const page = await listed([runs(9999), ...many(300)], 10_000);
  assert.equal(all('.ntp-row').length, 201);
  one('.ntp-more').click();
  clock.advance(20);
  assert.equal(all('.ntp-row').length, 301);
  page.server.answers.jobs = [200, { jobs: [record(-1), record(-2)], next: 'c', total: 10_000 }];
  one('.ntp-more').click();
  await calm();
  clock.advance(20);
  assert.equal(all('.ntp-row').length, 303);
});

test('there is no button for more where all are shown', async () => {
  await listed(many(3));
  assert.equal(one('.ntp-more').hidden, true);
});

test('a page of jobs that cannot be had is told, and the list stays', async () => {
  const page = await listed(many(3), 900);
  page.server.answers.jobs = [503, { code: 'unavailable', message: 'The index is being made.' }];
  one('.ntp-more').click();
  await calm();
  clock.advance(20);
  assert.equal(one('.ntp-foot span').textContent, 'The index is being made.');
  assert.equal(all('.ntp-row').length, 3);
});

test('only the groups that are offered are shown', async () => {
  const page = await new Page().begin([runs(2), record(1)]);
  page.list().offer(['recent']);
  clock.advance(20);
  assert.deepEqual(names(), ['Job 1']);
});

test('an empty list says how jobs come', async () => {
  await listed([]);
  assert.equal(one('.ntp-message-title').textContent, 'No jobs yet');
  assert.deepEqual(texts('.ntp-example code'), ['%nodetool run FILE', 'nodetool run FILE']);
});

test('before the first list, bones stand for what is to come', async () => {
  const page = new Page();
  page.list();
  assert.equal(one('.ntp-groups').getAttribute('aria-busy'), 'true');
  assert.ok(one('.ntp-skeleton'));
});

test('a server that went away is told, and its jobs stay', async () => {
  const page = await listed([record(1)]);
  await page.lose();
  assert.match(
    one('.ntp-banner').textContent ?? '',
    /^The server cannot be reached\. What is shown is as of/
  );
  assert.deepEqual(names(), ['Job 1']);
});

test('a name is text, whatever it says', async () => {
  for (const payload of PAYLOADS) {
    await listed([runs(1, { name: payload, notebook: payload, strategy: payload })]);
    assert.equal(one('.ntp-row-name').textContent, payload);
    assert.equal(
      document.querySelector('#hit, script, iframe, style, form, a, template, math, [onerror]'),
      null
    );
    assert.equal((window as unknown as { hit?: number }).hit, undefined);
  }
});
