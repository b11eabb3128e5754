import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cells, notebookFor, notebookName } from '../src/files';

// the file's name, the word that stands for it in the line; null where there is none
const NAMES: [string, string | null][] = [
  ['shout.nodetool.json', 'shout.nodetool.json'],
  ['my flow.nodetool.json', "'my flow.nodetool.json'"],
  ["it's.nodetool.json", `'it'"'"'s.nodetool.json'`],
  ['-x.nodetool.json', './-x.nodetool.json'],
  ['~root.nodetool.json', null],
  ['a;b$HOME`c`.json', "'a;b$HOME`c`.json'"],
  ['{1+1}.nodetool.json', "'{1+1}.nodetool.json'"],
  ['größe.nodetool.json', "'größe.nodetool.json'"],
  ['two\nlines.json', null],
  ['two\u2028lines.json', null],
  ['bell\x07.json', null]
];
for (const [name, word] of NAMES) {
  test(`a file named ${JSON.stringify(name)} is one word of the line, or none`, () => {
    assert.deepEqual(
      cells(name),
      word === null ? null : ['%load_ext nodetool_jupyter', `%nodetool run ${word}`]
    );
  });
}

const TAKEN: [string, string[], string][] = [
  ['shout.nodetool.json', [], 'shout.ipynb'],
  ['shout.json', ['shout.ipynb'], 'shout-1.ipynb'],
  ['shout.nodetool.json', ['shout.ipynb', 'shout-1.ipynb'], 'shout-2.ipynb'],
  ['.nodetool.json', [], 'workflow.ipynb']
];
for (const [file, taken, name] of TAKEN) {
  test(`the notebook of ${file} beside ${taken.join(', ') || 'nothing'} is ${name}`, () => {
    assert.equal(notebookName(file, new Set(taken)), name);
  });
}

interface Saved {
  path: string;
  content: {
    metadata: { kernelspec?: { name: string } };
    cells: { source: string; outputs: unknown[]; execution_count: unknown }[];
  };
}

function drive(names: string[], saved: Saved[], asked: string[] = []): never {
  return {
    get: (folder: string) => {
      asked.push(folder);
      return Promise.resolve({ content: names.map(name => ({ name })) });
    },
    save: (path: string, { content }: { content: Saved['content'] }) => {
      saved.push({ path, content });
      return Promise.resolve({ path });
    }
  } as never;
}

const PYTHON = { name: 'python3', display_name: 'Python 3', language: 'python' };
const JULIA = { name: 'julia', display_name: 'Julia', language: 'julia' };

test('the notebook is written beside the file, with cells that have not run', async () => {
  const saved: Saved[] = [];
  const asked: string[] = [];
  const specs = { default: 'python3', kernelspecs: { python3: PYTHON } } as never;
  const path = await notebookFor(drive([], saved, asked), specs, 'a/b/shout.nodetool.json', ['one', 'two']);
  assert.deepEqual([path, asked], ['a/b/shout.ipynb', ['a/b']]);
  assert.deepEqual(
    saved[0]?.content.cells.map(cell => [cell.source, cell.outputs, cell.execution_count]),
    [
      ['one', [], null],
      ['two', [], null]
    ]
  );
});

const PLACES: [string, string][] = [
  ['shout.json', 'shout.ipynb'],
  ['Remote:shout.json', 'Remote:shout.ipynb'],
  ['Remote:a/shout.json', 'Remote:a/shout.ipynb']
];
for (const [file, notebook] of PLACES) {
  test(`the notebook of ${file} is ${notebook}`, async () => {
    assert.equal(await notebookFor(drive([], []), null, file, ['one']), notebook);
  });
}

const KERNELS: [string, object, string | undefined][] = [
  ['python3', { python3: PYTHON, julia: JULIA }, 'python3'],
  ['julia', { python3: PYTHON, julia: JULIA }, 'python3'],
  ['julia', { julia: JULIA }, undefined]
];
for (const [usual, kernelspecs, kernel] of KERNELS) {
  test(`where ${usual} is usual among ${Object.keys(kernelspecs).join(', ')}, it has ${kernel}`, async () => {
    const saved: Saved[] = [];
    await notebookFor(drive([], saved), { default: usual, kernelspecs } as never, 'shout.json', ['one']);
    assert.equal(saved[0]?.content.metadata.kernelspec?.name, kernel);
  });
}
