/** Every word that the panel shows beside those of a job's view, in the one place where it can be translated. */

import { bound, ENGLISH, strings as viewStrings } from '../view/strings';
import type { Translation } from '../view/strings';

export type PanelStrings = ReturnType<typeof panelStrings>;

/** Return the words of the panel in the language of `trans`; `view` has those of a job's view. */
export function panelStrings(trans: Translation = ENGLISH) {
  const { __, _n } = bound(trans);
  return {
    view: viewStrings(trans),
    ...list(__, _n),
    ...states(__),
    ...acts(__),
    ...detail(__, _n),
    ...machine(__, _n)
  };
}

function list(__: Translation['__'], _n: Translation['_n']) {
  return {
    caption: __('NodeTool jobs'),
    running: __('Running'),
    queued: __('Queued'),
    recent: __('Recent'),
    filter: __('Filter jobs'),
    filterLabel: __('Filter by name, workflow or id'),
    everyState: __('every state'),
    status: __('State'),
    count: (count: number, written: string) => _n('%2 job', '%2 jobs', count, written),
    matching: (count: number, shown: string, total: string) =>
      _n('%2 of %3 job', '%2 of %3 jobs', count, shown, total),
    more: __('Show more'),
    loadingMore: __('Asking for more …'),
    keys: __('Arrow keys move, Enter opens a job, Delete cancels or deletes it.'),
    percent: (share: string) => __('%1 %', share),
    left: (span: string) => __('~ %1 left', span),
    position: (place: number) => (place <= 1 ? __('next') : __('number %1', place)),
    from: (notebook: string) => __('from %1', notebook),
    announceEnded: (name: string, state: string) => __('%1 has ended: %2', name, state)
  };
}

function states(__: Translation['__']) {
  return {
    loading: __('Asking the server for jobs …'),
    emptyTitle: __('No jobs yet'),
    emptyText: __('Run a workflow and it appears here, whichever notebook or terminal starts it.'),
    emptyNotebook: __('In a notebook'),
    emptyTerminal: __('In a terminal'),
    noMatch: __('No job matches'),
    noMatchText: __('Other words or another state may find it.'),
    clear: __('Clear the filter'),
    offline: __('The server cannot be reached.'),
    offlineText: __('It is tried again by itself.'),
    offlineSince: (time: string) => __('What is shown is as of %1. It goes on by itself.', time),
    absentTitle: __('The server has no NodeTool extension'),
    absentText: __(
      'Jobs are still shown in the cells that start them. Install nodetool-jupyter where the Jupyter server runs, and restart it.'
    ),
    failed: __('The jobs cannot be shown'),
    again: __('Try again')
  };
}

function acts(__: Translation['__']) {
  return {
    cancel: __('Cancel'),
    cancelling: __('cancelling'),
    retry: __('Retry'),
    remove: __('Delete'),
    removeAsk: (name: string) => __('Delete %1?', name),
    removeText: __('Its log, its outputs and its files are deleted. This cannot be undone.'),
    keep: __('Keep'),
    notebook: __('Open notebook'),
    copy: __('Copy id'),
    copied: __('The id was copied'),
    notCopied: (id: string) => __('This page may not use the clipboard; the id is %1', id),
    open: __('Open in a tab'),
    back: __('Back to the list'),
    retried: (name: string) => __('%1 runs once more', name),
    cancelFailed: __('The job could not be cancelled'),
    retryFailed: __('The job could not be run again'),
    removeFailed: __('The job could not be deleted'),
    ended: __('It has ended already.'),
    notebookFailed: __('The notebook could not be opened')
  };
}

function detail(__: Translation['__'], _n: Translation['_n']) {
  return {
    details: (name: string) => __('Job %1', name),
    parts: __('Parts of the job'),
    graph: __('Graph'),
    log: __('Log'),
    outputs: __('Outputs'),
    timing: __('Timing'),
    error: __('Error'),
    request: __('Request'),
    asking: __('Asking the server …'),
    gone: __('This job is gone'),
    goneText: __('It was deleted, or it never was on this server.'),
    follow: __('Go to the newest line'),
    lines: (count: number, written: string) => _n('%2 line', '%2 lines', count, written),
    someLines: (count: number, shown: string, all: string) =>
      _n('%2 of %3 line', '%2 of %3 lines', count, shown, all),
    earlier: __('Only the newest lines are shown.'),
    severity: __('Severity'),
    node: __('Node'),
    noOutputs: __('No outputs.'),
    noOutputsYet: __('No outputs yet.'),
    download: __('Download'),
    downloadOf: (name: string) => __('Download %1', name),
    noTiming: __('No node has started.'),
    duration: __('Time'),
    when: __('When'),
    bar: (start: string, span: string) => __('starts after %1, takes %2', start, span),
    waited: (span: string) => __('waited %1 before it started', span),
    traceback: __('Traceback'),
    failedNode: __('Node'),
    showNode: __('Show in the graph'),
    copyText: __('Copy'),
    copiedText: __('Copied'),
    requestNote: __('What was submitted. Values of secrets are never kept.')
  };
}

function machine(__: Translation['__'], _n: Translation['_n']) {
  const known: Record<string, string> = {
    connected: __('connected'),
    connecting: __('connecting'),
    unreachable: __('unreachable'),
    refused: __('refused')
  };
  return {
    workers: __('Workers'),
    noWorkers: __('No worker is known. `%nodetool workers connect NAME URL` adds one.'),
    worker: (state: string) => (Object.hasOwn(known, state) ? (known[state] as string) : state),
    version: (version: string) => __('version %1', version),
    types: (count: number, written: string) => _n('%2 node type', '%2 node types', count, written),
    waiting: (count: number, written: string) => _n('%2 waits', '%2 wait', count, written),
    machine: __('Machine'),
    mine: __('your share'),
    cpu: __('CPU'),
    memory: __('Memory'),
    gpu: (which: string) => __('GPU %1', which),
    gpuMemory: (which: string) => __('GPU %1 memory', which),
    cores: (used: string, count: number, all: string) =>
      _n('%2 of %3 core', '%2 of %3 cores', count, used, all),
    bytes: (used: string, all: string) => __('%1 of %2', used, all),
    noFigures: __('Asking …')
  };
}
