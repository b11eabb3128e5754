/** The plugins of commands, notifications and the viewer of workflow files. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator } from '@jupyterlab/translation';

import { addFileCommands, addJobCommands, OPEN_JOB, OPEN_PANEL } from './commands';
import { claim, Notifications, placeOf } from './notifications';
import { Settings } from './settings';
import { shellStrings } from './strings';
import { INodetool, INodetoolServer } from './tokens';
import { strings } from './view/strings';
import { addViewer, FACTORY } from './viewer';

const bundle = (translator: ITranslator | null) => translator?.load('nodetool_jupyter');

export const commands: JupyterFrontEndPlugin<void> = {
  id: 'nodetool-jupyter:commands',
  description: 'Commands on NodeTool jobs and workflow files, for the palette and the menus.',
  autoStart: true,
  optional: [INodetool, ISettingRegistry, ICommandPalette, IFileBrowserFactory, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    nodetool: INodetool | null,
    registry: ISettingRegistry | null,
    palette: ICommandPalette | null,
    browsers: IFileBrowserFactory | null,
    translator: ITranslator | null
  ) => {
    const words = shellStrings(bundle(translator));
    addFileCommands(app, words, FACTORY, browsers, palette);
    if (nodetool) {
      addJobCommands(app, nodetool, words, strings(bundle(translator)).state, palette);
      const settings = new Settings(registry);
      void Promise.all([app.restored, settings.ready]).then(() => settings.openOnStart && nodetool.show());
    }
  }
};

export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'nodetool-jupyter:notifications',
  description: 'Tells when a NodeTool job has ended.',
  autoStart: true,
  requires: [INodetool],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    nodetool: INodetool,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    new Notifications(nodetool.roster, new Settings(registry), {
      words: shellStrings(bundle(translator)),
      open: job =>
        void app.commands.execute(job === null ? OPEN_PANEL : OPEN_JOB, job === null ? {} : { job }),
      claim,
      place: placeOf,
      emit: (message, kind, options) => Notification.emit(message, kind, options)
    });
  }
};

export const viewer: JupyterFrontEndPlugin<void> = {
  id: 'nodetool-jupyter:viewer',
  description: 'Shows the picture of workflow files *.nodetool.json.',
  autoStart: true,
  requires: [INodetoolServer],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, { api }: INodetoolServer, translator: ITranslator | null) => {
    const trans = bundle(translator);
    addViewer({ app, server: api, words: shellStrings(trans), view: strings(trans) });
  }
};
