/** Every word that a view shows, in the one place where it can be translated. */

/** What JupyterLab's TranslationBundle offers of gettext. */
export interface Translation {
  __(message: string, ...values: (string | number)[]): string;
  _n(one: string, many: string, count: number, ...values: (string | number)[]): string;
}

const fill = (message: string, values: (string | number)[]) =>
  message.replace(/%(\d+)/g, (whole, place: string) => {
    const value = values[Number(place) - 1];
    return value === undefined ? whole : String(value);
  });

/** The words as they stand here. */
export const ENGLISH: Translation = {
  __: (message, ...values) => fill(message, values),
  _n: (one, many, count, ...values) => fill(count === 1 ? one : many, [count, ...values])
};

export type Strings = ReturnType<typeof strings>;

/** Return the words of a view in the language of `trans`. */
export function strings(trans: Translation = ENGLISH) {
  const { __, _n } = bound(trans);
  const states: Record<string, string> = {
    queued: __('queued'),
    starting: __('starting'),
    running: __('running'),
    suspended: __('suspended'),
    completed: __('completed'),
    error: __('error'),
    cancelled: __('cancelled'),
    waiting: __('waiting'),
    not_run: __('not run'),
    bypassed: __('bypassed')
  };
  return {
    ...parts(__, _n),
    state: (status: string) => (Object.hasOwn(states, status) ? (states[status] as string) : status),
    reason: reasons(__)
  };
}

/** Return the functions of a translation so that they can be used alone. */
export function bound(trans: Translation): Translation {
  return { __: trans.__.bind(trans), _n: trans._n.bind(trans) };
}

function parts(__: Translation['__'], _n: Translation['_n']) {
  return {
    job: (name: string, state: string) => __('Job %1, %2', name, state),
    unnamed: __('workflow'),
    progress: __('Progress'),
    percent: (share: string, done: string, all: string) => __('%1 %, %2 of %3 nodes', share, done, all),
    nodes: __('Nodes'),
    elapsed: __('Elapsed'),
    took: __('Took'),
    left: __('Left'),
    unknown: __('unknown'),
    memory: __('Memory'),
    gpu: __('GPU'),
    cpu: __('CPU'),
    attempt: __('Attempt'),
    where: __('Runs in'),
    queue: (place: number) => (place <= 1 ? __('next in the queue') : __('number %1 in the queue', place)),
    cancelling: __('cancelling'),
    cancelledByYou: __('cancelled by you'),
    windingDown: __('its thread still winds down'),
    cancel: __('Cancel'),
    retry: __('Retry'),
    asked: __('Asked for.'),
    retried: (job: string) => __('A new job was started: %1', job),
    noKernel: __('Neither the server nor a kernel answers, so this job cannot be reached from here.'),
    copy: (id: string) => __('Copy the job id %1', id),
    copied: __('copied'),
    lastKnown: (time: string) => __('Last known state, of %1', time),
    notConnected: __('neither server nor kernel answers'),
    connecting: __('waiting for an answer'),
    graph: (count: number) =>
      _n(
        'Graph of %1 node. Arrow keys follow the edges, Enter opens a node.',
        'Graph of %1 nodes. Arrow keys follow the edges, Enter opens a node.',
        count
      ),
    noGraph: __('This job has no graph to show.'),
    zoomIn: __('Zoom in'),
    zoomOut: __('Zoom out'),
    fit: __('Show the whole graph'),
    showFailed: __('Show the node'),
    items: (count: number, written: string) => _n('%2 item', '%2 items', count, written),
    details: (name: string) => __('Details of %1', name),
    close: __('Close'),
    inputs: __('Inputs'),
    outputs: __('Outputs'),
    error: __('Error'),
    traceback: __('Traceback'),
    log: __('Log'),
    noLog: __('No lines.'),
    noMatch: __('No line matches.'),
    noValues: __('Nothing has passed here.'),
    loading: __('Asking …'),
    noDetail: __(
      'The values are not kept here: they can be seen where the job is known, and its server or kernel answers.'
    ),
    filter: __('Filter the log'),
    everySeverity: __('every severity'),
    everyNode: __('every node'),
    lines: (count: number, written: string) => _n('%2 line', '%2 lines', count, written),
    cut: (count: string) => __('%1 earlier lines were cut', count),
    newer: __('This job was stored by a newer version of nodetool-jupyter, which can show it.'),
    broken: __('This output holds no job that can be shown.'),
    gone: __('The kernel does not know this job any more.'),
    announceState: (name: string, state: string) => __('%1: %2', name, state),
    announceProgress: (name: string, done: string, all: string) =>
      __('%1: %2 of %3 nodes done', name, done, all),
    announceFailed: (node: string) => __('node %1 failed', node)
  };
}

function reasons(__: Translation['__']) {
  const known: Record<string, string> = {
    node_failed: __('a node failed'),
    invalid_graph: __('the workflow cannot run'),
    rejected: __('the job was refused'),
    secret_missing: __('a secret is missing'),
    result_not_storable: __('a result cannot be stored'),
    timeout_queue: __('it waited too long in the queue'),
    timeout_start: __('it took too long to start'),
    timeout_run: __('it ran longer than its timeout'),
    timeout_idle: __('nothing happened for too long'),
    out_of_memory: __('out of memory'),
    output_limit: __('it wrote more than its log may hold'),
    killed: __('its process was killed'),
    lost: __('what ran it is gone, and how it ended cannot be known'),
    worker_lost: __('the worker is gone'),
    image_missing: __('the container image is missing'),
    engine_unavailable: __('the container engine cannot be reached'),
    gpu_unavailable: __('the GPU cannot be used'),
    cancelled_by_user: __('by you'),
    internal: __('a fault of this package')
  };
  return (word: string) => (Object.hasOwn(known, word) ? (known[word] as string) : word.replace(/_/g, ' '));
}
