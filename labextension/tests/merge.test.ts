import assert from 'node:assert/strict';
import { test } from 'node:test';

import { copiedObject, merge } from '../src/view/merge';
import type { Json, JsonObject } from '../src/view/types';

// The cases of RFC 7396, appendix A, whose target and patch are objects.
const CASES: [string, Json, Json, Json][] = [
  ['replaces', { a: 'b' }, { a: 'c' }, { a: 'c' }],
  ['adds', { a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  ['deletes', { a: 'b' }, { a: null }, {}],
  ['deletes one of two', { a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  ['replaces a list by a word', { a: ['b'] }, { a: 'c' }, { a: 'c' }],
  ['replaces a word by a list', { a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  ['merges inside', { a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  ['replaces lists whole', { a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  ['keeps a null that is there', { e: null }, { a: 1 }, { e: null, a: 1 }],
  ['turns a word into an object', { a: 'foo' }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['drops nulls in what is new', {}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }]
];

for (const [name, before, patch, after] of CASES) {
  test(`a merge patch ${name}`, () => {
    const target = copiedObject(before as JsonObject);
    merge(target, patch as JsonObject);
    assert.deepEqual(JSON.parse(JSON.stringify(target)), after);
  });
}

test('a key named __proto__ is a key like any other', () => {
  const target = copiedObject(JSON.parse('{"nodes": {}}') as JsonObject);
  merge(target, JSON.parse('{"nodes": {"__proto__": {"status": "running"}}}') as JsonObject);
  assert.equal(JSON.stringify(target), '{"nodes":{"__proto__":{"status":"running"}}}');
  assert.equal(({} as Record<string, unknown>).status, undefined);
});

test('a patch changes nothing of what it was made from', () => {
  const before = { a: { b: 1 } };
  merge(copiedObject(before), { a: { b: 2 } });
  assert.deepEqual(before, { a: { b: 1 } });
});
