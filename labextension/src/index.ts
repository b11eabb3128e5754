/** The plugins of JupyterLab and Notebook: draws jobs in outputs, and connects them with the server and the kernels. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import '../style/view.css';
import '../style/panel.css';

import { Server } from './api/server';
import { EventSocket } from './api/socket';
import { Jobs } from './jobs';
import { REQUEST } from './kernel';
import { panel } from './panel/plugin';
import { commands, notifications, viewer } from './plugins';
import { JOB, JobOutput, Nothing, PICTURE, sessionIn } from './renderer';
import { ServerSource } from './server-source';
import { INodetoolServer } from './tokens';
import { strings } from './view/strings';
import type { Answer, RequestKind } from './view/types';

const BEFORE_ALL = -10; // the rank: widgets, the most preferred of JupyterLab's own, have 0

const server: JupyterFrontEndPlugin<INodetoolServer> = {
  id: 'nodetool-jupyter:server',
  description: 'Reaches the NodeTool extension of the Jupyter server.',
  autoStart: true,
  provides: INodetoolServer,
  activate: (app: JupyterFrontEnd) => {
    const api = new Server(app.serviceManager.serverSettings);
    // The extension says so in the page; a server without it is asked for nothing.
    const present = PageConfig.getOption('nodetoolServer') !== '';
    return { api, socket: new EventSocket(api, { present }) };
  }
};

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'nodetool-jupyter:plugin',
  description: 'Shows running NodeTool workflows in the outputs of cells.',
  autoStart: true,
  requires: [IRenderMimeRegistry, INodetoolServer],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry,
    { api, socket }: INodetoolServer,
    translator: ITranslator | null
  ) => {
    const words = strings(translator?.load('nodetool_jupyter'));
    const jobs = new Jobs(new ServerSource(api, socket));
    // Both are safe: they draw text and small pictures, and run nothing that comes out of a notebook.
    rendermime.addFactory(
      { safe: true, mimeTypes: [JOB], createRenderer: () => new JobOutput(jobs, words) },
      BEFORE_ALL
    );
    rendermime.addFactory(
      { safe: true, mimeTypes: [PICTURE], createRenderer: () => new Nothing() },
      BEFORE_ALL
    );
    untrack();
    listen(app, jobs);
    takeRequests(jobs);
  }
};

/** Keep a kernel that answers us while a cell runs from being shown as idle: it tells its state with each answer. */
function untrack(): void {
  const known = JSON.parse(PageConfig.getOption('untracked_message_types') || '[]') as string[];
  PageConfig.setOption('untracked_message_types', JSON.stringify([...known, REQUEST]));
}

/** Listen to the kernels of all documents, also of those that show no job yet. */
function listen(app: JupyterFrontEnd, jobs: Jobs): void {
  const adopt = (widget: Widget | null) => {
    const session = widget && sessionIn(widget);
    if (session?.kernelChanged) {
      jobs.adopt(session);
    }
  };
  app.docRegistry.addWidgetExtension('Notebook', {
    createNew: panel => {
      adopt(panel);
    }
  });
  // A console is in no registry; it is met when it is first looked at.
  app.shell.currentChanged?.connect((_, { newValue }) => adopt(newValue));
}

/** Take what a widget's view asks for, where the kernel can be asked past the cell that runs. */
function takeRequests(jobs: Jobs): void {
  document.addEventListener('nodetool:request', event => {
    const { type, job, answer } = (event as CustomEvent<Asked>).detail;
    if (jobs.reaches(job)) {
      event.preventDefault();
      answer?.(jobs.request(type, job, null));
    }
  });
}

interface Asked {
  type: RequestKind;
  job: string;
  answer?: (given: Promise<Answer>) => void;
}

export default [server, plugin, panel, commands, notifications, viewer];
