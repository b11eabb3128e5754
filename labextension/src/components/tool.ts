/** Small buttons that have a sign instead of words. */

import { h, mark, s } from '../view/dom';

/** Lines in a 16 × 16 box. */
const SIGNS = {
  back: 'M10 3L5 8l5 5',
  out: 'M9 3h4v4M13 3L8 8M7 4H3v9h9V9',
  cancel: 'M4 4l8 8M12 4l-8 8',
  retry: 'M12.5 8a4.5 4.5 0 1 1-1.4-3.25M12.5 2.5v3h-3'
};

export type ToolName = keyof typeof SIGNS;

/** Return the sign of a tool. */
export function sign(name: ToolName): SVGSVGElement {
  return s(
    'svg',
    { class: 'ntp-sign', viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    s('path', { d: SIGNS[name] })
  );
}

/** Return a button with a sign; `label` is what it is called. */
export function tool(name: ToolName, label: string, act: () => void): HTMLButtonElement {
  const made = h(
    'button',
    { type: 'button', class: 'nt-tool', title: label, 'aria-label': label },
    sign(name)
  );
  mark(made, 'data-tool', name);
  made.addEventListener('click', act);
  return made;
}
