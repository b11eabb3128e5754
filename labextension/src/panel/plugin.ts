/** The plugin of the panel. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { WidgetTracker } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { OPEN_JOB } from '../commands';
import { ServerRoster } from '../model/roster';
import { Settings } from '../settings';
import { INodetool, INodetoolServer } from '../tokens';
import type { Tab } from '../tokens';
import { ServerActs } from './acts';
import { PANEL, SidePanel } from './side';
import type { Parts } from './side';
import { panelStrings } from './strings';
import { jobTab } from './tab';
import type { JobContent } from './tab';

const RANK = 550; // after JupyterLab's own panels

export const panel: JupyterFrontEndPlugin<INodetool> = {
  id: 'nodetool-jupyter:panel',
  description: 'A panel with every NodeTool job of the user.',
  autoStart: true,
  requires: [INodetoolServer],
  optional: [ISettingRegistry, ILayoutRestorer, ITranslator],
  provides: INodetool,
  activate: (
    app: JupyterFrontEnd,
    server: INodetoolServer,
    registry: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ) => {
    const strings = panelStrings(translator?.load('nodetool_jupyter'));
    const roster = new ServerRoster(server.socket);
    const acts = new ServerActs(server.api, roster, strings, path =>
      app.commands.execute('docmanager:open', { path })
    );
    const tabs = new WidgetTracker<MainAreaWidget<JobContent>>({ namespace: 'nodetool-job' });
    const openInTab = (job: string, tab?: Tab) => show(app, tabs, parts, job, tab);
    const parts: Parts = { ...server, roster, acts, strings, openInTab };
    const side = new SidePanel(parts);
    app.shell.add(side, 'left', { rank: RANK, type: 'NodeTool' });
    restorer?.add(side, PANEL);
    void restorer?.restore(tabs, {
      command: OPEN_JOB,
      args: ({ content }) => ({ job: content.job, where: 'main', tab: content.detail.tab }),
      name: ({ content }) => content.job
    });
    const settings = new Settings(registry);
    const offer = () => side.offer(settings.sections);
    settings.changed.connect(offer);
    const showPanel = () => app.shell.activateById(PANEL);
    return {
      ...parts,
      show: showPanel,
      open: (job, where = 'panel', tab) => {
        if (where === 'main') {
          openInTab(job, tab);
        } else {
          showPanel();
          side.open(job, tab);
        }
      }
    };
  }
};

/** Show a job in its tab of the main area: the one that is open, or a new one. */
function show(
  app: JupyterFrontEnd,
  tabs: WidgetTracker<MainAreaWidget<JobContent>>,
  parts: Parts,
  job: string,
  tab: Tab | undefined
): void {
  let found = tabs.find(({ content }) => content.job === job);
  if (found === undefined) {
    found = jobTab(job, parts, tab, next => show(app, tabs, parts, next, undefined));
    void tabs.add(found);
    app.shell.add(found, 'main');
  } else if (tab !== undefined) {
    found.content.detail.show(tab);
  }
  app.shell.activateById(found.id);
}
