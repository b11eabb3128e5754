import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { JsonObject } from '../src/view/types';
import { diamond, show } from './page';
import { PAYLOADS } from './payloads';

/** Every place of a view where text appears, by name: a state that has the text there, and where it must be read. */
const PLACES: Record<string, (text: string) => [JsonObject, string]> = {
  'job name': text => [diamond({ name: text }), '.nt-name'],
  'job id': text => [diamond({ id: text }), '.nt-id'],
  'job status': text => [diamond({ status: text }), '.nt-state'],
  'job message': text => [diamond({ message: text }), '.nt-trouble'],
  'job error': text => [diamond({ error: text, status: 'error' }), '.nt-trouble'],
  'job reason': text => [diamond({ reason: text.replace(/_/g, ' '), status: 'error' }), '.nt-trouble'],
  strategy: text => [diamond({ strategy: text }), '.nt-figures'],
  'node name': text => [node({ name: text }), '.nt-card .nt-card-name'],
  'node type': text => [node({ type: text }), '.nt-card .nt-card-type'],
  'node status': text => [diamond({}, { nodes: { load: { status: text } } }), '.nt-card .nt-card-time'],
  'node kind': text => [node({ kind: text }), '.nt-panel .nt-panel-kind'],
  'node error': text => [
    diamond({}, { nodes: { load: { status: 'error', error: text } } }),
    '.nt-panel .nt-error'
  ],
  'node message': text => [
    diamond({}, { nodes: { load: { status: 'running', message: text } } }),
    '.nt-panel-kind'
  ],
  'group name': text => [graph({ groups: { g: { name: text, x: 0, y: 0, w: 90, h: 90 } } }), '.nt-group'],
  comment: text => [graph({ comments: { g: { text, x: 0, y: 0, w: 90, h: 90 } } }), '.nt-comment'],
  'log line': text => [log({ text }), '.nt-log .nt-entry span'],
  'log severity': text => [log({ severity: text.toLowerCase(), text: '' }), '.nt-log .nt-entry b'],
  'log node': text => [log({ node: text, text: '' }), '.nt-log .nt-entry i'],
  'output name': text => [outputs({ [text]: { kind: 'line', text: '1' } }), '.nt-outputs dt'],
  'output line': text => [outputs({ x: { kind: 'line', text } }), '.nt-outputs dd'],
  'output text': text => [outputs({ x: { kind: 'text', text } }), '.nt-outputs pre'],
  'output note': text => [outputs({ x: { kind: 'line', text: '', note: text } }), '.nt-outputs .nt-note'],
  'array words': text => [outputs({ x: { kind: 'array', text } }), '.nt-outputs code'],
  'picture words': text => [outputs({ x: { kind: 'picture', text } }), '.nt-outputs dd'],
  'table column': text => [outputs({ x: { kind: 'table', columns: [text], rows: [] } }), '.nt-outputs th'],
  'table cell': text => [outputs({ x: { kind: 'table', columns: [], rows: [[text]] } }), '.nt-outputs td'],
  'input name': text => [detail({ inputs: { [text]: { kind: 'line', text: '1' } } }), '.nt-panel dt'],
  'input value': text => [detail({ inputs: { x: { kind: 'line', text } } }), '.nt-panel dd'],
  'detail log': text => [detail({ log: [{ text }] }), '.nt-panel .nt-entry'],
  traceback: text => [detail({ traceback: text }), '.nt-panel pre']
};

function graph(parts: JsonObject): JsonObject {
  const state = diamond();
  return { ...state, graph: { ...(state.graph as JsonObject), ...parts } };
}

function node(parts: JsonObject): JsonObject {
  return graph({
    nodes: { load: { name: 'Load', type: 'T', kind: 'a.T', x: 0, y: 0, w: 160, h: 60, ...parts } }
  });
}

const log = (line: JsonObject) => diamond({}, { log: { 1: line } });
const outputs = (shown: JsonObject) => diamond({}, { outputs: shown });
const detail = (parts: JsonObject) =>
  diamond(
    { status: 'completed' },
    { details: { load: { node: 'load', inputs: {}, outputs: {}, ...parts } } }
  );

for (const place of Object.keys(PLACES)) {
  test(`a ${place} is text, whatever it says`, () => {
    for (const payload of PAYLOADS) {
      const [state, selector] = (PLACES[place] as (text: string) => [JsonObject, string])(payload);
      const { host, one } = show(state);
      one('.nt-log').setAttribute('open', '');
      one('.nt-log').dispatchEvent(new Event('toggle'));
      one('.nt-card').click();
      assert.ok(one(selector).textContent?.includes(payload), `${payload} is not shown in ${selector}`);
      assert.equal(
        host.querySelector('#hit, script, iframe, style, form, a, template, math, [onerror]'),
        null
      );
      assert.equal((window as unknown as { hit?: number }).hit, undefined);
    }
  });
}

test('no source reads a text as markup', () => {
  const files = readdirSync('src', { recursive: true }).map(String);
  const forbidden =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|eval\(/;
  const found = files.filter(
    name => name.endsWith('.ts') && forbidden.test(readFileSync(`src/${name}`, 'utf8'))
  );
  assert.deepEqual(found, []);
});
