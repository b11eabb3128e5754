import assert from 'node:assert/strict';
import { test } from 'node:test';

import { shellStrings } from '../src/strings';
import { strings } from '../src/view/strings';
import type { JsonObject } from '../src/view/types';
import { WorkflowPicture } from '../src/view/workflow';
import { clock, diamond } from './page';

/** What the server says of the diamond, which has not run. */
function explained(more: JsonObject = {}): JsonObject {
  const { graph } = diamond();
  const state = { v: 1, job: { id: '', name: 'Diamond', all: 4 }, graph: graph ?? null, nodes: {} };
  return { state, issues: [], faults: 0, more: 0, inputs: [], outputs: [], ...more };
}

function drawn(...all: JsonObject[]) {
  const picture = new WorkflowPicture(strings(), shellStrings());
  document.body.replaceChildren(picture.element);
  all.forEach(one => picture.show(one));
  clock.advance(20);
  const texts = (selector: string) =>
    [...picture.element.querySelectorAll(selector)].map(found => found.textContent ?? '');
  return { picture, texts, element: picture.element };
}

const issue = (more: JsonObject = {}): JsonObject => ({
  severity: 'error',
  message: 'there is no such type',
  ...more
});

test('a workflow is drawn with its name, and no node is said to wait', () => {
  const { texts, element } = drawn(explained());
  assert.deepEqual(texts('.nt-name'), ['Diamond']);
  assert.deepEqual(texts('.nt-counts'), ['4 nodes · can run']);
  assert.equal(element.querySelectorAll('.nt-card').length, 4);
  assert.equal(element.querySelector('.nt-card')?.getAttribute('aria-label'), 'Load, Concat');
});

test('faults are counted and told with their nodes', () => {
  const { texts } = drawn(
    explained({
      faults: 3,
      more: 1,
      issues: [
        issue({ node: 'left', property: 'a' }),
        issue({ node: 'nowhere' }),
        issue({ severity: 'warning' })
      ]
    })
  );
  assert.deepEqual(texts('.nt-counts'), ['4 nodes · 3 faults · 1 warning']);
  assert.deepEqual(texts('.nt-list li'), [
    'errorLefta: there is no such type',
    'errorthere is no such type',
    'warningthere is no such type',
    'and 1 more'
  ]);
});

test('a node that cannot run says so on its card', () => {
  const said = explained();
  Object.assign(said.state as object, { nodes: { left: { status: 'error' } } });
  const { element } = drawn(said);
  assert.deepEqual(
    [...element.querySelectorAll('.nt-card[data-status="error"]')].map(card =>
      card.getAttribute('aria-label')
    ),
    ['Left, Concat, error']
  );
});

test('a fault leads to its node, and a node to its faults', () => {
  const { element } = drawn(explained({ faults: 1, issues: [issue({ node: 'right' })] }));
  element.querySelector<HTMLElement>('.nt-list button')?.click();
  const card = document.activeElement;
  assert.equal(card?.getAttribute('aria-label'), 'Right, Concat');
  (card as HTMLElement).click();
  assert.equal(element.querySelectorAll('li[data-marked]').length, 1);
  element.querySelector<HTMLElement>('.nt-card[aria-label^="Left"]')?.click();
  assert.equal(element.querySelectorAll('li[data-marked]').length, 0);
});

test('what a workflow takes and gives is listed', () => {
  const { texts } = drawn(
    explained({
      inputs: [
        { name: 'text', type: 'str', needed: false, value: "'abc'" },
        { name: 'photo', type: 'image', needed: true }
      ],
      outputs: ['result']
    })
  );
  assert.deepEqual(texts('h4'), ['Takes', 'Gives']);
  assert.deepEqual(texts('.nt-list li'), ["textstr'abc'", 'photoimagemust be given', 'result']);
});

test('a file that changed is drawn anew', () => {
  const later = explained();
  const graph = (later.state as { graph: { nodes: Record<string, unknown> } }).graph;
  delete graph.nodes.join;
  const { element } = drawn(explained(), later);
  assert.equal(element.querySelectorAll('.nt-card').length, 3);
});

test('a workflow too large for a picture says so and keeps its lists', () => {
  const state = { v: 1, job: { id: '', name: 'Huge', all: 6000 }, graph: {}, nodes: {} };
  const { texts, element } = drawn(explained({ state, outputs: ['result'] }));
  assert.deepEqual(texts('.nt-counts'), ['6,000 nodes · can run']);
  assert.deepEqual(texts('.nt-plain'), ['This workflow is too large for a picture.']);
  assert.equal(element.querySelectorAll('.nt-card').length, 0);
});

test('a sentence takes the place of the picture, and the picture that of the sentence', () => {
  const { picture, texts, element } = drawn(explained());
  picture.say('This is not JSON: line 1');
  assert.deepEqual([texts('.nt-plain'), texts('.nt-name')], [['This is not JSON: line 1'], ['']]);
  assert.equal(element.querySelectorAll('.nt-card').length, 0);
  picture.show(explained());
  assert.deepEqual(texts('.nt-plain'), []);
  assert.equal(element.querySelectorAll('.nt-card').length, 4);
});

const HOSTILE = '<img src=x onerror=alert(1)>"\u202e';

test('words of a file are text and nothing else', () => {
  const said = explained({
    issues: [issue({ message: HOSTILE, property: HOSTILE, node: HOSTILE, severity: HOSTILE })],
    inputs: [{ name: HOSTILE, type: HOSTILE, value: HOSTILE, needed: false }],
    outputs: [HOSTILE]
  });
  (said.state as { job: JsonObject }).job.name = HOSTILE;
  const { element, texts } = drawn(said);
  assert.equal(element.querySelector('img'), null);
  assert.deepEqual(texts('.nt-name'), ['<img src=x onerror=alert(1)>"\ufffd']);
});

for (const nonsense of [{}, { state: 3, issues: 'x', inputs: [1], outputs: {} }, { issues: [null, 5] }]) {
  test(`an answer like ${JSON.stringify(nonsense)} does no harm`, () => {
    assert.deepEqual(drawn(nonsense as never).texts('.nt-name'), ['workflow']);
  });
}
