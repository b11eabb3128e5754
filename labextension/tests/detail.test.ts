import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Acts } from '../src/model/acts';
import { JobModel } from '../src/model/job';
import { Detail } from '../src/panel/detail';
import { spans } from '../src/panel/timing';
import { Model } from '../src/view/model';
import type { JsonObject } from '../src/view/types';
import { clock, diamond } from './page';
import { all, enter, one, Page, press, record, runs, texts, WORDS } from './panel';
import { PAYLOADS } from './payloads';
import { calm } from './server';

const ID = 'k7f3m2qa';

/** What the detail asked others to do. */
class Asked implements Acts {
  readonly asked: string[] = [];
  next: string | null = 'another';
  gone = true;
  cancel(job: string): Promise<void> {
    this.asked.push(`cancel ${job}`);
    return Promise.resolve();
  }
  retry(job: string): Promise<string | null> {
    this.asked.push(`retry ${job}`);
    return Promise.resolve(this.next);
  }
  remove(job: string): Promise<boolean> {
    this.asked.push(`remove ${job}`);
    return Promise.resolve(this.gone);
  }
  copyId(job: string): Promise<void> {
    this.asked.push(`copy ${job}`);
    return Promise.resolve();
  }
  openNotebook({ notebook }: { notebook?: string | null }): Promise<void> {
    this.asked.push(`open ${notebook}`);
    return Promise.resolve();
  }
}

interface Opened {
  page: Page;
  detail: Detail;
  model: JobModel;
  acts: Asked;
  left: (string | null)[];
  /** The number of the subscription to the job's state. */
  tell(message: JsonObject): void;
}

const settle = async () => {
  await calm();
  clock.advance(20);
};

/** Open a job whose state is told by the server. */
async function open(
  job: ReturnType<typeof record>,
  state: JsonObject | null,
  answers: JsonObject = {}
): Promise<Opened> {
  const page = await new Page().begin([job]);
  page.server.answers[`jobs/${ID}`] = [
    200,
    { job, state: state ?? diamond(), request: { graph: { nodes: [] } }, ...answers }
  ];
  page.server.answers[`jobs/${ID}/logs`] = [200, { lines: [], next: 0, end: false }];
  page.server.answers[`jobs/${ID}/outputs`] = [200, { outputs: {} }];
  const model = new JobModel(ID, page.server.api, page.socket, page.roster);
  const acts = new Asked();
  const left: (string | null)[] = [];
  const detail = new Detail(model, page.server.api, acts, WORDS, {
    back: () => left.push('back'),
    left: next => left.push(next)
  });
  document.body.replaceChildren(detail.element);
  model.follow();
  const tell = (message: JsonObject) => page.tell({ job: ID, ...message }, 'state');
  if (state !== null) {
    tell({ type: 'snapshot', state });
  }
  await settle();
  return { page, detail, model, acts, left, tell };
}

const running = runs(1, { id: ID, name: 'Diamond' });
const over = record(1, { id: ID, name: 'Diamond' });
const click = (words: string) => {
  const found = all('button').find(({ textContent, hidden }) => textContent === words && !hidden);
  assert.ok(found, `there is no button ${words}`);
  found.click();
};
const shownButtons = () =>
  all('.ntp-acts button').flatMap(({ hidden, textContent }) => (hidden ? [] : [textContent]));

test('the graph is the cell’s own view, and follows the job', async () => {
  const { tell } = await open(running, diamond());
  assert.equal(all('.nt-card').length, 4);
  tell({ type: 'patch', n: 1, patch: { nodes: { left: { status: 'completed' } } } });
  clock.advance(40);
  assert.equal(one('.nt-card[aria-label^=Left]').dataset.status, 'completed');
  assert.equal(one('.nodetool-view').dataset.connection, 'live');
});

test('a patch after a hole makes the detail begin anew with a snapshot', async () => {
  const { page, tell } = await open(running, diamond());
  const before = page.topic('state');
  tell({ type: 'patch', n: 3, patch: { nodes: { left: { status: 'error' } } } });
  await settle();
  assert.notEqual(page.topic('state'), before);
  assert.equal(one('.nt-card[aria-label^=Left]').dataset.status, 'running');
});

test('a view that is made later goes on with the patches that come', async () => {
  const { detail, tell } = await open(running, null);
  detail.show('timing');
  tell({ type: 'snapshot', state: diamond() });
  tell({ type: 'patch', n: 1, patch: { at: 1_700_000_011 } });
  detail.show('graph');
  tell({ type: 'patch', n: 2, patch: { nodes: { left: { status: 'completed' } } } });
  clock.advance(40);
  assert.equal(one('.nt-card[aria-label^=Left]').dataset.status, 'completed');
});

const BUTTONS: [string, ReturnType<typeof record>, string[]][] = [
  ['runs', running, ['Cancel', 'Copy id']],
  ['runs out of a notebook', { ...running, notebook: 'a.ipynb' }, ['Cancel', 'Open notebook', 'Copy id']],
  ['has ended', over, ['Retry', 'Copy id', 'Delete']]
];
for (const [how, job, wanted] of BUTTONS) {
  test(`a job that ${how} offers ${wanted.join(', ')}`, async () => {
    await open(job, diamond({ status: job.status }));
    assert.deepEqual(shownButtons(), wanted);
  });
}

test('each button asks for its act, and a retry leads to the new job', async () => {
  const { acts, left } = await open({ ...over, notebook: 'b.ipynb' }, diamond({ status: 'completed' }));
  for (const words of ['Retry', 'Open notebook', 'Copy id', 'Delete']) {
    click(words);
    await settle();
  }
  assert.deepEqual(acts.asked, [`retry ${ID}`, 'open b.ipynb', `copy ${ID}`, `remove ${ID}`]);
  assert.deepEqual(left, ['another', null]);
});

test('a job that could be neither run again nor deleted stays open', async () => {
  const { acts, left } = await open(over, diamond({ status: 'completed' }));
  acts.next = null;
  acts.gone = false;
  click('Retry');
  click('Delete');
  await settle();
  assert.deepEqual(left, []);
});

test('a job that is gone is said to be gone', async () => {
  const { tell } = await open(over, diamond({ status: 'completed' }));
  tell({ type: 'gone' });
  clock.advance(20);
  assert.equal(one('.ntp-message-title').textContent, 'This job is gone');
  assert.equal(one('.ntp-tabs').hidden, true);
});

test('a job that the server cannot tell of says why, and is asked for again', async () => {
  const page = await new Page().begin([]);
  page.server.answers[`jobs/${ID}`] = [503, { code: 'unavailable', message: 'The server is starting.' }];
  const model = new JobModel(ID, page.server.api, page.socket, page.roster);
  const detail = new Detail(model, page.server.api, new Asked(), WORDS, { left: () => undefined });
  document.body.replaceChildren(detail.element);
  model.follow();
  await settle();
  assert.equal(one('.ntp-message-text').textContent, 'The server is starting.');
  page.server.answers[`jobs/${ID}`] = [200, { job: over, state: diamond(), request: {} }];
  click('Try again');
  await settle();
  assert.equal(all('.nt-card').length, 4);
});

test('a detail that sleeps has no subscription, and has one when it wakes', async () => {
  const { page, model } = await open(running, diamond());
  model.sleep();
  assert.equal(page.topic('state'), undefined);
  model.follow();
  assert.notEqual(page.topic('state'), undefined);
});

test('the arrows choose a part, and its page alone is shown', async () => {
  const { detail } = await open(running, diamond());
  one('.ntp-tab[aria-selected=true]').focus();
  press('ArrowRight');
  assert.equal(detail.tab, 'log');
  press('End');
  assert.equal(detail.tab, 'request');
  press('Home');
  assert.equal(detail.tab, 'graph');
  assert.equal(all('[role=tabpanel]:not([hidden])').length, 1);
});

test('there is a part for the error only where there is one', async () => {
  const tab = () => all('.ntp-tab').find(({ textContent }) => textContent === 'Error');
  await open(running, diamond());
  assert.equal(tab()?.hidden, true);
  await open({ ...over, status: 'error', error: 'no' }, diamond({ status: 'error', error: 'no' }));
  assert.equal(tab()?.hidden, false);
});

test('an error is told with its node and where in the code it was', async () => {
  const state = diamond(
    { status: 'error', error: 'no disk', reason: 'node_failed', failed_node: 'left' },
    { nodes: { left: { status: 'error', started: 1_700_000_002 } } }
  );
  const { detail, page } = await open({ ...over, status: 'error' }, state);
  page.server.answers[`jobs/${ID}/nodes/left`] = [200, { node: 'left', traceback: 'line 7, in left' }];
  detail.show('error');
  await settle();
  assert.equal(one('.ntp-reason').textContent, 'A node failed');
  assert.deepEqual(texts('#' + (one('.nt-error').parentElement as HTMLElement).id + ' pre'), [
    'no disk',
    'line 7, in left'
  ]);
  click('Show in the graph');
  clock.advance(20);
  assert.equal(detail.tab, 'graph');
  assert.ok(one('.nt-panel:not([hidden])'));
});

const lines = (...all: [number, string, string, string][]) =>
  all.map(([seq, node, severity, text]) => ({ seq, time: 1_700_000_000 + seq, node, severity, text }));

test('the log is read on when the job says that it has more', async () => {
  const { detail, page, tell } = await open(running, diamond());
  page.server.answers[`jobs/${ID}/logs`] = [
    200,
    { lines: lines([3, 'load', 'info', 'one']), next: 3, end: false }
  ];
  detail.show('log');
  page.server.answers[`jobs/${ID}/logs`] = [200, { lines: [], next: 3, end: false }];
  await settle();
  page.server.answers[`jobs/${ID}/logs`] = [
    200,
    { lines: lines([9, 'left', 'error', 'two']), next: 9, end: true }
  ];
  tell({ type: 'patch', n: 1, patch: { log: { 2: { text: 'two' } } } });
  clock.advance(400);
  await settle();
  assert.deepEqual(texts('.ntp-lines .nt-entry span').slice(-1), ['two']);
  const asked = page.server.paths
    .filter(path => path.includes('/logs'))
    .map(path => /after=(\d+)/.exec(path)?.[1]);
  assert.equal(asked[0], '0');
});

test('the log is narrowed by words, severity and node', async () => {
  const { detail, page } = await open(running, diamond());
  const said = lines(
    [1, 'load', 'info', 'alpha'],
    [2, 'left', 'warning', 'beta'],
    [3, 'left', 'info', 'alpha too']
  );
  page.server.answers[`jobs/${ID}/logs`] = [200, { lines: said, next: 3, end: true }];
  detail.show('log');
  await settle();
  const shown = () => texts('.ntp-lines .nt-entry span');
  enter('.ntp-log input', 'alpha');
  assert.deepEqual(shown(), ['alpha', 'alpha too']);
  enter('.ntp-log input', '');
  enter('.ntp-log select', 'warning');
  assert.deepEqual(shown(), ['beta']);
  enter('.ntp-log select', '');
  enter('.ntp-log select:last-of-type', 'load');
  assert.deepEqual(shown(), ['alpha']);
  assert.equal(one('.ntp-page-foot').textContent, '1 of 3 lines');
});

test('outputs that are stored can be had whole', async () => {
  const outputs = {
    picture: { kind: 'line', text: 'picture 8 × 8', ref: 'ab12.png' },
    sum: { kind: 'line', text: '3' }
  };
  const { detail, page } = await open(over, diamond({ status: 'completed' }, { outputs }));
  page.server.answers[`jobs/${ID}/outputs`] = [200, { outputs }];
  detail.show('outputs');
  await settle();
  assert.deepEqual(texts('.ntp-outputs dd'), ['picture 8 × 8', '3']);
  const [link] = all('.ntp-outputs a') as HTMLAnchorElement[];
  assert.equal(all('.ntp-outputs a').length, 1);
  assert.ok(link?.href.endsWith(`/nodetool/api/jobs/${ID}/values/ab12.png`));
  assert.equal(link?.download, 'picture.png');
});

test('the request is shown as JSON', async () => {
  const { detail } = await open(over, diamond({ status: 'completed' }));
  detail.show('request');
  assert.deepEqual(JSON.parse(one('.ntp-request pre').textContent ?? ''), { graph: { nodes: [] } });
});

test('bars tell when each node ran, the earliest first', () => {
  const state = new Model(
    diamond(
      { status: 'completed', started: 100, ended: 110 },
      {
        at: 110,
        nodes: {
          left: { status: 'completed', started: 104, ended: 109 },
          load: { status: 'completed', started: 101, ended: 104 }
        }
      }
    )
  );
  const { all: whole, nodes } = spans(state, false);
  assert.equal(whole, 10);
  assert.deepEqual(
    nodes.map(({ name, start, span, running: still }) => [name, start, span, still]),
    [
      ['Load', 1, 3, false],
      ['Left', 4, 5, false]
    ]
  );
});

test('a node that still runs has a bar up to now', async () => {
  const { detail } = await open(running, diamond({ started: 1_700_000_000 }));
  detail.show('timing');
  const bars = all('.ntp-span').map(({ style }) => [
    Math.round(parseFloat(style.getPropertyValue('inset-inline-start'))),
    Math.round(parseFloat(style.getPropertyValue('inline-size')))
  ]);
  assert.deepEqual(bars, [
    [0, 15],
    [20, 80]
  ]);
  assert.deepEqual(texts('.ntp-timing tbody tr[data-running] th'), ['Left']);
});

test('a lost server is told, and the last known state stays', async () => {
  const { page } = await open(running, diamond());
  await page.lose();
  assert.equal(one('.ntp-banner').textContent, `${WORDS.offline} ${WORDS.offlineText}`);
  assert.equal(one('.nodetool-view').dataset.connection, 'static');
});

test('what a job says is text in every part', async () => {
  for (const payload of PAYLOADS) {
    const state = diamond(
      { name: payload, status: 'error', error: payload, reason: 'node_failed', failed_node: 'left' },
      { outputs: { [payload]: { kind: 'line', text: payload } } }
    );
    const job = { ...over, name: payload, status: 'error' as const, error: payload, notebook: payload };
    const { detail, page } = await open(job, state, { request: { name: payload } });
    page.server.answers[`jobs/${ID}/logs`] = [
      200,
      { lines: lines([1, payload, 'info', payload]), next: 1, end: true }
    ];
    page.server.answers[`jobs/${ID}/outputs`] = [
      200,
      { outputs: { [payload]: { kind: 'line', text: payload } } }
    ];
    for (const tab of ['log', 'outputs', 'timing', 'error', 'request'] as const) {
      detail.show(tab);
      await settle();
    }
    assert.equal(one('.ntp-title').textContent, payload);
    assert.equal(one('.ntp-outputs dd').textContent, payload);
    assert.equal(one('.ntp-lines span').textContent, payload);
    assert.equal(
      document.querySelector('#hit, script, iframe, style, form, template, math, [onerror]'),
      null
    );
    assert.equal((window as unknown as { hit?: number }).hit, undefined);
  }
});
