// Runs tests/*.test.ts: each is bundled for node, then run by node's own test runner in a DOM.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const place = path => fileURLToPath(new URL(path, import.meta.url));
const out = place('../lib/tests'); // beside the sources, so that node finds what is left out of the bundles

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const names = readdirSync(place('../tests')).filter(name => name.endsWith('.test.ts'));
await build({
  absWorkingDir: place('..'),
  entryPoints: names.map(name => `tests/${name}`),
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  sourcemap: 'inline'
});
const run = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--test', ...names.map(name => `${out}/${name.replace('.ts', '.mjs')}`)],
  { stdio: 'inherit', cwd: place('..') }
);
process.exit(run.status ?? 1);
