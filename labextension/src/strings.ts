/** The words of commands, notifications and the viewer of workflow files, in the one place where they are translated. */

import { bound, ENGLISH } from './view/strings';
import type { Translation } from './view/strings';

export type ShellStrings = ReturnType<typeof shellStrings>;

/** Return the words in the language of `trans`. */
export function shellStrings(trans: Translation = ENGLISH) {
  const { __, _n } = bound(trans);
  return { ...commands(__), ...notifications(__, _n), ...viewer(__, _n) };
}

function commands(__: Translation['__']) {
  return {
    category: __('NodeTool'),
    openPanel: __('Show the Panel of Jobs'),
    openJob: __('Open a Job …'),
    showLog: __('Show the Log of a Job …'),
    cancelJob: __('Cancel a Job …'),
    retryJob: __('Run a Job Again …'),
    deleteJob: __('Delete a Job …'),
    copyId: __('Copy the Id of a Job …'),
    runFile: __('Run in a New Notebook'),
    openPicture: __('Open Picture'),
    whichJob: __('Which job?'),
    choose: __('Choose'),
    aJob: (name: string, state: string, id: string) => __('%1 · %2 · %3', name, state, id),
    unnamed: __('workflow'),
    noSuchJobs: __('There is no job of which this could be asked.'),
    loading: __('The list of jobs has not come yet; try again in a moment.'),
    noServer: __('The server has no NodeTool extension, or cannot be reached.'),
    whichFile: __('Select a file *.nodetool.json in the file browser, or open one, and say so again.'),
    cannotRun: (file: string, why: string) => __('No notebook could be made for %1: %2', file, why),
    oddName: __('its name has characters that no line can hold')
  };
}

function notifications(__: Translation['__'], _n: Translation['_n']) {
  return {
    show: __('Show'),
    completed: (name: string) => __('%1 is done', name),
    completedAfter: (name: string, span: string) => __('%1 is done after %2', name, span),
    failed: (name: string) => __('%1 failed', name),
    failedBecause: (name: string, why: string) => __('%1 failed: %2', name, why),
    cancelled: (name: string) => __('%1 was cancelled', name),
    several: (count: number) => _n('%1 job has ended', '%1 jobs have ended', count),
    severalFailed: (count: number, failed: string) =>
      _n('%1 job has ended, %2 failed', '%1 jobs have ended, %2 of them failed', count, failed)
  };
}

function viewer(__: Translation['__'], _n: Translation['_n']) {
  return {
    factory: __('NodeTool Picture'),
    fileType: __('NodeTool workflow'),
    asking: __('Looking at the workflow …'),
    untitled: __('workflow'),
    nodes: (count: number, written: string) => _n('%2 node', '%2 nodes', count, written),
    ready: __('can run'),
    faults: (count: number, written: string) => _n('%2 fault', '%2 faults', count, written),
    warnings: (count: number, written: string) => _n('%2 warning', '%2 warnings', count, written),
    issues: __('What is the matter'),
    moreIssues: (written: string) => __('and %1 more', written),
    error: __('error'),
    warning: __('warning'),
    inputs: __('Takes'),
    outputs: __('Gives'),
    mustBeGiven: __('must be given'),
    notShown: __('This workflow is too large for a picture.'),
    notJson: (why: string) => __('This is not JSON: %1', why),
    noWorkflow: __('There is no workflow in this file: an object with “nodes” and “edges”.'),
    absent: __('The picture is drawn by the NodeTool extension of the Jupyter server, which is not there.'),
    unreachable: __('The server cannot be reached.'),
    again: __('Look again')
  };
}
