// The view as one module and one stylesheet, which the Python package carries for its anywidget.
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const place = path => fileURLToPath(new URL(path, import.meta.url));

await build({
  absWorkingDir: place('..'),
  entryPoints: { view: 'src/widget.ts' },
  outdir: '../nodetool_jupyter/widgets/assets',
  bundle: true,
  format: 'esm',
  target: 'es2020',
  minify: true,
  legalComments: 'none',
  banner: { js: '/* Made from labextension/; d3-zoom and d3-selection by Mike Bostock, ISC licence. */' }
});
await build({
  absWorkingDir: place('..'),
  entryPoints: { view: 'style/view.css' },
  outdir: '../nodetool_jupyter/widgets/assets',
  bundle: true,
  minify: true
});
