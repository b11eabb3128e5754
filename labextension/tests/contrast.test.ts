import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const CSS = readFileSync('style/view.css', 'utf8');
const [LIGHT, DARK] = [block('.nodetool-ui {'), block('body.vscode-high-contrast:not(')];
const NAMES = ['--nt-run', '--nt-good', '--nt-bad', '--nt-halt', '--nt-idle'];

/** The custom properties that a rule sets. */
function block(selector: string): Map<string, string> {
  const body = CSS.slice(CSS.indexOf('{', CSS.indexOf(selector)) + 1).split('}', 1)[0] ?? '';
  return new Map(
    [...body.matchAll(/(--nt-\w+): (#\w{6});/g)].map(([, name, value]) => [name ?? '', value ?? ''])
  );
}

function channels(colour: string): number[] {
  return [1, 3, 5].map(start => parseInt(colour.slice(start, start + 2), 16));
}

/** A colour mixed into another, as color-mix does it in sRGB. */
function mixed(colour: string, share: number, into: string): string {
  const [one, two] = [channels(colour), channels(into)];
  const mix = one.map((channel, place) => Math.round(channel * share + (two[place] ?? 0) * (1 - share)));
  return `#${mix.map(channel => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The contrast of WCAG 2, 1 … 21. */
function contrast(one: string, two: string): number {
  const luminance = (colour: string) => {
    const [r = 0, g = 0, b = 0] = channels(colour)
      .map(channel => channel / 255)
      .map(share => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high = 0, low = 0] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

// theme, its colours, its background and its ink: --jp-layout-color1 and --jp-ui-font-color0 of JupyterLab 4
// and --jp-brand-color1, which is mixed into the row of the panel whose job is open
const THEMES: [string, Map<string, string>, string, string, string][] = [
  ['light', LIGHT, '#ffffff', '#000000', '#1976d2'],
  ['dark', DARK, '#212121', '#ffffff', '#2196f3']
];
for (const [theme, colours, back, ink, accent] of THEMES) {
  const grounds = {
    card: back,
    floor: mixed(ink, 0.035, back),
    'row under the mouse': mixed(ink, 0.05, back),
    'chosen row': mixed(accent, 0.12, back)
  };
  for (const [ground, behind] of Object.entries(grounds)) {
    for (const name of NAMES) {
      test(`${name} can be read on the ${ground} of the ${theme} theme`, () => {
        assert.ok(
          contrast(colours.get(name) ?? '', behind) >= 4.5,
          `${contrast(colours.get(name) ?? '', behind)}`
        );
      });
    }
    test(`soft words can be read on the ${ground} of the ${theme} theme`, () => {
      assert.ok(contrast(mixed(ink, 0.66, back), behind) >= 4.5);
    });
  }
  for (const name of ['--nt-bad', '--nt-halt']) {
    test(`words can be read on a notice in ${name} of the ${theme} theme`, () => {
      assert.ok(contrast(ink, mixed(colours.get(name) ?? '', 0.09, back)) >= 4.5);
    });
  }
}
