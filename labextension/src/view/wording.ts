/** Signs, time spans and sizes, written as in the static summary (nodetool_jupyter/widgets/wording.py). */

/** Paths in a 16 × 16 box, drawn as lines; the ring around them is the node's progress. */
export const SIGNS: Record<string, string> = {
  queued: 'M8 5v3.2l2 1.4',
  waiting: '',
  starting: 'M5.6 8h4.8',
  running: 'M6.7 5.4v5.2L10.8 8z',
  suspended: 'M6.5 5.8v4.4M9.5 5.8v4.4',
  completed: 'M5 8.2l2.1 2.1L11.2 6',
  error: 'M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4',
  cancelled: 'M4.6 11.4l6.8-6.8',
  bypassed: 'M5 9.2c1-3 4.4-3 5.6-.6M10.9 6v2.8H8.2',
  not_run: 'M5.4 8h5.2'
};

/** Which colour a state has; unknown ones are grey. */
export const TONES: Record<string, string> = {
  starting: 'run',
  running: 'run',
  suspended: 'halt',
  completed: 'good',
  error: 'bad',
  cancelled: 'halt'
};

export function tone(status: string): string {
  return Object.hasOwn(TONES, status) ? (TONES[status] as string) : 'idle';
}

export const TERMINAL = new Set(['completed', 'error', 'cancelled']);

/** Write a time span for people. */
export function duration(seconds: number): string {
  if (seconds < 0.001) {
    return '< 1 ms';
  }
  if (seconds < 0.9995) {
    return `${(seconds * 1000).toFixed(0)} ms`;
  }
  if (seconds < 9.995) {
    return `${seconds.toFixed(2)} s`;
  }
  if (seconds < 59.95) {
    return `${seconds.toFixed(1)} s`;
  }
  return long(seconds);
}

/** Write a time span that is still growing: whole seconds, so that it changes once a second. */
export function ticking(seconds: number): string {
  return seconds < 60 ? `${Math.max(0, Math.floor(seconds))} s` : long(Math.floor(seconds));
}

function long(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const pad = (count: number) => String(count).padStart(2, '0');
  return minutes < 60
    ? `${minutes} min ${pad(whole % 60)} s`
    : `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** Write a number of bytes for people. */
export function size(count: number): string {
  if (count < 1000) {
    return `${Math.trunc(count)} bytes`;
  }
  for (const unit of ['kB', 'MB', 'GB']) {
    count /= 1000;
    if (count < 999.5) {
      return `${Number(count.toPrecision(3))} ${unit}`;
    }
  }
  return `${Number((count / 1000).toPrecision(3))} TB`;
}

/** Write a count with groups of three digits. */
export function grouped(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Write seconds since the epoch as the local time of day, with the date unless it is today's. */
export function moment(seconds: number): string {
  const then = new Date(seconds * 1000);
  if (Number.isNaN(then.getTime())) {
    return '';
  }
  const pad = (count: number) => String(count).padStart(2, '0');
  const time = `${pad(then.getHours())}:${pad(then.getMinutes())}:${pad(then.getSeconds())}`;
  const day = `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())}`;
  return then.toDateString() === new Date().toDateString() ? time : `${day} ${time}`;
}

// Control characters, direction overrides and halves of characters: what a browser would obey or cannot show.
const OBEYED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Return text without what a browser would obey instead of show. */
export function plain(value: string): string {
  return value.replace(/\r\n/g, '\n').replace(OBEYED, '\ufffd');
}
