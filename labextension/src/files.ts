/** Making a notebook that runs a workflow's file. Nothing runs until a person runs its cells. */

import type { Contents, KernelSpec } from '@jupyterlab/services';

const UNWRITABLE = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/; // characters that would end the line, or that no line shows
const PLAIN = /^[\w@%+=:,./-]+$/; // what a shell, and so the magic, reads as one word
const FORMAT = { nbformat: 4, nbformat_minor: 5 };

/** Return the cells' code that runs a file beside the notebook; null where its name has no place in a line. */
export function cells(file: string): string[] | null {
  // What begins with a tilde would be somebody's home, with a dash an option.
  if (UNWRITABLE.test(file) || file.startsWith('~')) {
    return null;
  }
  const named = file.startsWith('-') ? `./${file}` : file;
  const word = PLAIN.test(named) ? named : `'${named.replace(/'/g, `'"'"'`)}'`;
  return ['%load_ext nodetool_jupyter', `%nodetool run ${word}`];
}

/** Return a workflow file's name without what says that it is one. */
export function stem(file: string): string {
  return file.replace(/(\.nodetool)?\.json$/i, '');
}

/** Return a name for the notebook of a file that is not among those taken. */
export function notebookName(file: string, taken: ReadonlySet<string>): string {
  const first = stem(file) || 'workflow';
  for (let number = 0; ; number += 1) {
    const name = `${first}${number ? `-${number}` : ''}.ipynb`;
    if (!taken.has(name)) {
      return name;
    }
  }
}

/** Write a notebook beside the file and return its path; rejects where it cannot be written. */
export async function notebookFor(
  contents: Contents.IManager,
  specs: KernelSpec.ISpecModels | null,
  path: string,
  code: string[]
): Promise<string> {
  const cut = path.lastIndexOf('/');
  const [folder, file] = [cut < 0 ? '' : path.slice(0, cut), path.slice(cut + 1)];
  const beside = (await contents.get(folder, { content: true })).content as Contents.IModel[];
  const name = notebookName(file, new Set(beside.map(model => model.name)));
  // A drive's folder ends in a colon, after which no slash belongs.
  const where = folder === '' || folder.endsWith(':') ? `${folder}${name}` : `${folder}/${name}`;
  await contents.save(where, { type: 'notebook', format: 'json', content: notebook(code, python(specs)) });
  return where;
}

function notebook(code: string[], kernel: object | null): object {
  return {
    ...FORMAT,
    metadata: kernel === null ? {} : { kernelspec: kernel },
    cells: code.map(source => ({
      cell_type: 'code',
      id: Math.random().toString(36).slice(2, 10).padEnd(8, '0'),
      metadata: {},
      execution_count: null,
      outputs: [],
      source
    }))
  };
}

/** The kernel for the notebook: the default, or the first for Python. */
function python(specs: KernelSpec.ISpecModels | null): object | null {
  const known = Object.values(specs?.kernelspecs ?? {}).filter(spec => spec?.language === 'python');
  const found = known.find(spec => spec?.name === specs?.default) ?? known[0];
  return found ? { name: found.name, display_name: found.display_name, language: found.language } : null;
}
