/** The sign of NodeTool's jobs: three nodes of a graph, in JupyterLab's colours. */

import { LabIcon } from '@jupyterlab/ui-components';

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="none" stroke="#616161" stroke-width="2" stroke-linejoin="round">
    <path d="M9.5 12h2.5c3 0 1.5-6 4-6M12 12c3 0 1.5 6 4 6"/>
    <rect x="3" y="9" width="6.5" height="6" rx="1.5"/>
    <rect x="16" y="3" width="5.5" height="6" rx="1.5"/>
    <rect x="16" y="15" width="5.5" height="6" rx="1.5"/>
  </g>
</svg>`;

export const nodetoolIcon = new LabIcon({ name: 'nodetool-jupyter:jobs', svgstr: SVG });
