/** The commands, which the palette, the menus, notifications and other extensions run by their names. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { JobRecord } from './api/server';
import { cells, notebookFor } from './files';
import type { Roster } from './model/roster';
import { inTime } from './patience';
import type { ShellStrings } from './strings';
import type { INodetool, Tab } from './tokens';
import { plain, TERMINAL } from './view/wording';

export const OPEN_PANEL = 'nodetool:open-panel';
export const OPEN_JOB = 'nodetool:open-job';
export const SHOW_LOG = 'nodetool:show-log';
export const CANCEL_JOB = 'nodetool:cancel-job';
export const RETRY_JOB = 'nodetool:retry-job';
export const DELETE_JOB = 'nodetool:delete-job';
export const COPY_ID = 'nodetool:copy-id';
export const RUN_FILE = 'nodetool:run-file';
export const OPEN_PICTURE = 'nodetool:open-picture';

const TABS: readonly Tab[] = ['graph', 'log', 'outputs', 'timing', 'error', 'request'];
const LISTED = 5000; // ms that the list of jobs may take to come

type Args = ReadonlyPartialJSONObject;

/** Add the commands on jobs, each for the job that `args.job` names, or else one that is chosen from a list. */
export function addJobCommands(
  app: JupyterFrontEnd,
  nodetool: INodetool,
  words: ShellStrings,
  states: (status: string) => string,
  palette: ICommandPalette | null
): void {
  const { acts } = nodetool;
  const running = (job: JobRecord) => !TERMINAL.has(job.status);
  const ended = (job: JobRecord) => !running(job);
  const on = (
    label: string,
    act: (job: string, args: Args) => unknown,
    which?: (job: JobRecord) => boolean
  ) => ({
    label,
    execute: async (args: Args) => {
      const job =
        typeof args.job === 'string' ? args.job : await choose(nodetool.roster, words, states, which);
      return job === null ? null : act(job, args);
    }
  });
  const retry = async (job: string) => {
    const another = await acts.retry(job);
    if (another !== null) {
      nodetool.open(another);
    }
    return another;
  };
  const commands: Record<string, { label: string; execute: (args: Args) => unknown }> = {
    [OPEN_PANEL]: { label: words.openPanel, execute: () => nodetool.show() },
    [OPEN_JOB]: on(words.openJob, (job, { where, tab }) =>
      nodetool.open(
        job,
        where === 'main' ? 'main' : 'panel',
        TABS.find(name => name === tab)
      )
    ),
    [SHOW_LOG]: on(words.showLog, job => nodetool.open(job, 'main', 'log')),
    [CANCEL_JOB]: on(words.cancelJob, job => acts.cancel(job), running),
    [RETRY_JOB]: on(words.retryJob, retry, ended),
    [DELETE_JOB]: on(words.deleteJob, job => acts.remove(job), ended),
    [COPY_ID]: on(words.copyId, job => acts.copyId(job))
  };
  for (const [id, command] of Object.entries(commands)) {
    app.commands.addCommand(id, command);
    palette?.addItem({ command: id, category: words.category });
  }
}

/** Let a person choose a job; null where nobody does, or there is none to choose. */
async function choose(
  roster: Roster,
  words: ShellStrings,
  states: (status: string) => string,
  which: (job: JobRecord) => boolean = () => true
): Promise<string | null> {
  const watch = roster.watch();
  try {
    await inTime(heard(roster), LISTED).catch(() => undefined);
    const jobs = roster.jobs.filter(which);
    if (jobs.length === 0) {
      const { state } = roster;
      const why = state === 'ready' ? words.noSuchJobs : state === 'loading' ? words.loading : words.noServer;
      Notification.info(why, { autoClose: 5000 });
      return null;
    }
    const items = jobs.map(job => words.aJob(plain(job.name || words.unnamed), states(job.status), job.id));
    const { button, value } = await InputDialog.getItem({
      title: words.whichJob,
      items,
      okLabel: words.choose
    });
    return button.accept && value !== null ? (jobs[items.indexOf(value)]?.id ?? null) : null;
  } finally {
    watch.dispose();
  }
}

/** Settles when it is known which jobs there are, or that it cannot be known. */
function heard(roster: Roster): Promise<void> {
  return new Promise(resolve => {
    const look = () => {
      if (roster.state !== 'loading') {
        roster.changed.disconnect(look);
        resolve();
      }
    };
    roster.changed.connect(look);
    look();
  });
}

/** Add the commands on workflow files: for `args.path`, else for the file that is selected or open. */
export function addFileCommands(
  app: JupyterFrontEnd,
  words: ShellStrings,
  factory: string,
  browsers: IFileBrowserFactory | null,
  palette: ICommandPalette | null
): void {
  const on = (act: (path: string) => Promise<unknown>) => async (args: Args) => {
    const path = pathOf(app, browsers, args);
    if (path === null) {
      Notification.info(words.whichFile, { autoClose: 5000 });
      return null;
    }
    return act(path);
  };
  app.commands.addCommand(RUN_FILE, {
    label: words.runFile,
    execute: on(path => inNotebook(app, words, path))
  });
  app.commands.addCommand(OPEN_PICTURE, {
    label: words.openPicture,
    execute: on(path => app.commands.execute('docmanager:open', { path, factory }))
  });
  for (const command of [RUN_FILE, OPEN_PICTURE]) {
    palette?.addItem({ command, category: words.category });
  }
}

/** The file that a command means: the one it was given, the one that was clicked on, or the one in front. */
function pathOf(app: JupyterFrontEnd, browsers: IFileBrowserFactory | null, args: Args): string | null {
  if (typeof args.path === 'string') {
    return args.path;
  }
  const selected = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])].map(({ path }) => path);
  const front = (app.shell.currentWidget as { context?: { path?: string } } | null)?.context?.path;
  const asked = args.selected === true ? selected : [front, ...selected];
  return asked.find(path => path?.toLowerCase().endsWith('.json')) ?? null;
}

/** Open a notebook that runs the file, once a person runs its cells. */
async function inNotebook(app: JupyterFrontEnd, words: ShellStrings, path: string): Promise<unknown> {
  const file = plain(path.slice(path.lastIndexOf('/') + 1));
  const code = cells(path.slice(path.lastIndexOf('/') + 1));
  if (code === null) {
    Notification.error(words.cannotRun(file, words.oddName));
    return null;
  }
  const { contents, kernelspecs } = app.serviceManager;
  let notebook: string;
  try {
    await kernelspecs.ready;
    notebook = await notebookFor(contents, kernelspecs.specs, path, code);
  } catch (error) {
    Notification.error(words.cannotRun(file, plain(error instanceof Error ? error.message : String(error))));
    return null;
  }
  await app.commands.execute('docmanager:open', { path: notebook, factory: 'Notebook' });
  return notebook;
}
