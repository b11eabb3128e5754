import assert from 'node:assert/strict';
import { test } from 'node:test';

import { strings } from '../src/view/strings';
import { duration, grouped, plain, size, ticking } from '../src/view/wording';

const TIMES: [number, string][] = [
  [0.0004, '< 1 ms'],
  [0.25, '250 ms'],
  [1.5, '1.50 s'],
  [42.04, '42.0 s'],
  [59.96, '1 min 00 s'],
  [3723, '1 h 02 min']
];
for (const [seconds, words] of TIMES) {
  test(`${seconds} seconds are written as ${words}`, () => assert.equal(duration(seconds), words));
}

const SIZES: [number, string][] = [
  [999, '999 bytes'],
  [1_240_000_000, '1.24 GB'],
  [999_600, '1 MB'],
  [5_000_000_000_000, '5 TB']
];
for (const [bytes, words] of SIZES) {
  test(`${bytes} bytes are written as ${words}`, () => assert.equal(size(bytes), words));
}

test('a growing time changes once a second', () => assert.equal(ticking(59.9), '59 s'));

test('counts have groups of three digits', () => assert.equal(grouped(1234567), '1,234,567'));

test('control and direction characters are shown as replaced', () =>
  assert.equal(plain('a\u202eb\u0007c\r\nd'), 'a\ufffdb\ufffdc\nd'));

test('words come from the translation that is given', () => {
  const upper = strings({
    __: (message, ...values) => [message.toUpperCase(), ...values].join(' '),
    _n: (one, many, count) => (count === 1 ? one : many).toUpperCase()
  });
  assert.equal(upper.cancel, 'CANCEL');
  assert.equal(upper.state('running'), 'RUNNING');
});

test('a plural is chosen by its count', () => {
  assert.equal(strings().items(1, '1'), '1 item');
  assert.equal(strings().items(1200, '1,200'), '1,200 items');
});
