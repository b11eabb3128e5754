import assert from 'node:assert/strict';
import { test } from 'node:test';

import { clock, diamond, show } from './page';
import { FakeKernel, listening, session, settled, snapshot } from './kernel';

const last = (shown: ReturnType<typeof show>) => {
  shown.frame();
  return shown.one('.nodetool-view').dataset.connection;
};

test('a kernel that has said hello before is connected with', async () => {
  const kernel = new FakeKernel();
  await listening(kernel);
  assert.deepEqual(kernel.types(), ['connect']);
});

test('a kernel that never said hello is asked nothing', async () => {
  const kernel = new FakeKernel();
  kernel.greets = false;
  await listening(kernel);
  assert.deepEqual([kernel.types(), kernel.opened], [[], []]);
});

test('a kernel that says hello later is connected with then', async () => {
  const kernel = new FakeKernel();
  kernel.greets = false;
  await listening(kernel);
  kernel.greet();
  await settled();
  assert.deepEqual(kernel.types(), ['connect']);
});

test('a kernel that does not read its control channel is spoken to by comms', async () => {
  const kernel = new FakeKernel();
  kernel.reads = false;
  const { jobs, context } = await listening(kernel);
  clock.advance(4000);
  await settled();
  assert.deepEqual(kernel.opened, ['nodetool.control', 'nodetool.views']);
  void jobs.request('cancel', 'k7f3m2qa', context).catch(() => undefined);
  assert.deepEqual(
    kernel.byComm.map(({ type, job }) => [type, job]),
    [['cancel', 'k7f3m2qa']]
  );
});

test('a view of a running job follows it and becomes live', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const shown = show(diamond(), 'static');
  jobs.place(shown.view, () => context);
  assert.deepEqual(kernel.types(), ['connect', 'follow']);
  assert.equal(last(shown), 'waiting');
  kernel.tell(snapshot({ done: 3 }));
  assert.equal(last(shown), 'live');
  kernel.tell({ type: 'patch', job: 'k7f3m2qa', n: 1, patch: { job: { status: 'completed' } } });
  shown.frame();
  assert.equal(shown.text('.nt-state'), 'completed');
});

test('a view of an ended job is not followed', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  jobs.place(show(diamond({ status: 'completed' })).view, () => context);
  assert.deepEqual(kernel.types(), ['connect']);
});

test('what was told before there was a view is kept for it', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  kernel.tell(snapshot());
  kernel.tell({ type: 'patch', job: 'k7f3m2qa', n: 1, patch: { job: { done: 2 } } });
  const shown = show(diamond({ status: 'queued' }), 'static');
  jobs.place(shown.view, () => context);
  kernel.tell({ type: 'patch', job: 'k7f3m2qa', n: 2, patch: { job: { done: 4 } } });
  assert.equal(last(shown), 'live');
  assert.match(shown.text('.nt-figures') ?? '', /4 \/ 4/);
  assert.deepEqual(kernel.types(), ['connect']);
});

test('a hole in the patches is closed by asking for a snapshot', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  kernel.tell(snapshot());
  clock.advance(1000);
  kernel.tell({ type: 'patch', job: 'k7f3m2qa', n: 3, patch: { job: { done: 4 } } });
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'follow']);
});

test('a kernel that restarts leaves the last known state, and is followed again when it is back', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  kernel.tell(snapshot());
  kernel.become('restarting');
  assert.equal(last(shown), 'static');
  kernel.greet();
  await settled();
  clock.advance(1000);
  kernel.tell(snapshot());
  assert.equal(last(shown), 'live');
});

test('a page that is connected again asks again', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  kernel.tell(snapshot());
  kernel.connect('connecting');
  assert.equal(last(shown), 'static');
  kernel.connect('connected');
  await settled();
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'connect', 'follow']);
});

test('a busy kernel that cannot say hello is greeted on its control channel', async () => {
  const kernel = new FakeKernel();
  kernel.requestCommInfo = () => new Promise(() => undefined);
  const { jobs, context } = await listening(kernel);
  jobs.place(show(diamond()).view, () => context);
  assert.deepEqual(kernel.types(), []);
  clock.advance(300);
  await settled();
  assert.deepEqual(kernel.types(), ['connect', 'follow']);
});

test('a job that the kernel does not know is shown as it was', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  kernel.tell({ type: 'gone', job: 'k7f3m2qa' });
  assert.equal(last(shown), 'static');
});

test('another kernel in the same notebook is another kernel', async () => {
  const [one, two] = [new FakeKernel('one'), new FakeKernel('two')];
  const { jobs, context } = await listening(one);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  one.tell(snapshot());
  context.change(two);
  await settled();
  assert.deepEqual(two.types(), ['connect', 'follow']);
});

test('a kernel that two documents share is spoken to as long as one of them is open', async () => {
  const [one, two] = [new FakeKernel(), new FakeKernel()];
  two.handleComms = false;
  const { jobs } = await listening(one);
  const context = session(two);
  jobs.adopt(context);
  const shown = show(diamond());
  jobs.place(shown.view, () => context);
  assert.deepEqual([one.types(), two.types()], [['connect', 'follow'], []]);
  one.isDisposed = true;
  one.disposed.emit();
  await settled();
  assert.deepEqual(two.types(), ['connect', 'follow']);
});

test('the last view of a job that closes ends the following', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const leave = [show(diamond()), show(diamond())].map(({ view }) => jobs.place(view, () => context));
  kernel.tell(snapshot());
  leave[0]!();
  assert.deepEqual(kernel.types(), ['connect', 'follow']);
  leave[1]!();
  assert.deepEqual(kernel.types(), ['connect', 'follow', 'unfollow']);
});

test('two views of a job are fed by one following', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  const both = [1, 2].map(() => {
    const host = show(diamond());
    jobs.place(host.view, () => context);
    return host;
  });
  kernel.tell(snapshot());
  assert.deepEqual(both.map(last), ['live', 'live']);
  assert.deepEqual(kernel.types(), ['connect', 'follow']);
});

test('jobs that no view shows do not pile up', async () => {
  const kernel = new FakeKernel();
  const { jobs, context } = await listening(kernel);
  for (let n = 0; n < 100; n++) {
    kernel.tell({ type: 'snapshot', job: `job-${n}`, state: diamond({ id: `job-${n}` }) });
  }
  jobs.place(show(diamond({ id: 'job-99' })).view, () => context);
  jobs.place(show(diamond({ id: 'job-1' })).view, () => context);
  assert.deepEqual(
    kernel.asked.filter(({ type }) => type === 'follow').map(({ job }) => job),
    ['job-1']
  );
});
