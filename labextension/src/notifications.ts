/** Telling that a job has ended: once, in one of the pages that are open, and not where a person sees it anyway. */

import type { Notification } from '@jupyterlab/apputils';

import type { JobRecord } from './api/server';
import type { Roster } from './model/roster';
import type { Settings } from './settings';
import type { ShellStrings } from './strings';
import { duration, plain } from './view/wording';

const KEY = 'nodetool-jupyter:told'; // the ids of the jobs of which some page of this browser has told
const KEPT = 500; // of them
const TOGETHER = 3; // jobs that are told of one by one; more at once are one notification
const BRIEF = 8000; // ms that good news stays; bad news stays until it is taken away
const LONGEST = 80; // characters of a name, and of a reason
// ms that a page waits before it tells, so that one where the job is seen, or that is in front, can be first.
const WAITS = { seen: 0, front: 300, behind: 1500 } as const;

type Place = keyof typeof WAITS;
type Kind = 'success' | 'error' | 'info';

/** What notifications are made with; tests give their own. */
export interface Teller {
  words: ShellStrings;
  /** Show a job, or the panel. */
  open(job: string | null): void;
  /** Tell whether this page is the one to speak of a job. */
  claim(job: string): Promise<boolean>;
  /** Where the job is for whoever sits before this page. */
  place(job: string): Place;
  emit(message: string, kind: Kind, options: Notification.IOptions<null>): void;
}

export class Notifications {
  constructor(
    private readonly _roster: Roster,
    private readonly _settings: Settings,
    private readonly _teller: Teller
  ) {
    _roster.ended.connect((_, record) => this._ended(record));
    _settings.changed.connect(() => this._follow());
    void _settings.ready.then(() => this._follow());
  }

  /** Follow the jobs also in a page that is behind, unless nobody wants to be told. */
  private _follow(): void {
    const wanted = this._settings.notify !== 'never';
    if (wanted && this._watch === null) {
      this._watch = this._roster.watch({ hidden: true });
    } else if (!wanted) {
      this._watch?.dispose();
      this._watch = null;
    }
  }

  private _ended(record: JobRecord): void {
    if (this._watch === null) {
      return;
    }
    const place = this._teller.place(record.id);
    this._waiting[place].push(record);
    if (this._waiting[place].length === 1) {
      window.setTimeout(() => void this._tell(place), WAITS[place]);
    }
  }

  private async _tell(place: Place): Promise<void> {
    const over = this._waiting[place].splice(0);
    const claims = await Promise.all(over.map(({ id }) => this._teller.claim(id)));
    const mine = over.filter((_, number) => claims[number]);
    const { notify } = this._settings;
    if (notify === 'never' || (notify === 'unseen' && place === 'seen')) {
      return; // claimed all the same: no other page tells of what was seen here
    }
    if (mine.length > TOGETHER) {
      this._several(mine);
    } else {
      mine.forEach(record => this._one(record, place));
    }
  }

  private _one(record: JobRecord, place: Place): void {
    const [message, kind] = told(record, this._teller.words);
    this._teller.emit(message, kind, {
      autoClose: kind === 'error' || place === 'behind' ? false : BRIEF,
      actions: [this._show(record.id)]
    });
  }

  private _several(records: readonly JobRecord[]): void {
    const { words } = this._teller;
    const failed = records.filter(({ status }) => status === 'error').length;
    const message = failed
      ? words.severalFailed(records.length, String(failed))
      : words.several(records.length);
    this._teller.emit(message, failed ? 'error' : 'success', {
      autoClose: false,
      actions: [this._show(null)]
    });
  }

  private _show(job: string | null): Notification.IAction {
    const { words, open } = this._teller;
    return { label: words.show, displayType: 'accent', callback: () => open(job) };
  }

  private _watch: { dispose(): void } | null = null;
  private readonly _waiting: Record<Place, JobRecord[]> = { seen: [], front: [], behind: [] };
}

/** The words of one job's end, which are data and shown as text. */
function told(record: JobRecord, words: ShellStrings): [string, Kind] {
  const name = short(record.name) || words.unnamed;
  if (record.status === 'error') {
    const why = short(record.error);
    return [why ? words.failedBecause(name, why) : words.failed(name), 'error'];
  }
  if (record.status === 'cancelled') {
    return [words.cancelled(name), 'info'];
  }
  const [started, ended] = [record.started ?? null, record.ended ?? null];
  return started !== null && ended !== null && ended >= started
    ? [words.completedAfter(name, duration(ended - started)), 'success']
    : [words.completed(name), 'success'];
}

function short(text: string | null | undefined): string {
  const line = plain(text ?? '').split('\n', 1)[0] ?? '';
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** Claim a job for this page among all of this browser; false where another has it. */
export async function claim(job: string): Promise<boolean> {
  const take = () => {
    try {
      const known = toldOf();
      if (known.includes(job)) {
        return false;
      }
      localStorage.setItem(KEY, JSON.stringify([...known, job].slice(-KEPT)));
    } catch {
      // A browser that keeps nothing cannot ask the others.
    }
    return true;
  };
  // Pages that came by http from another host have no locks; there two may rarely tell of the same job.
  const locks = navigator.locks as LockManager | null | undefined;
  return locks == null ? take() : locks.request(KEY, take);
}

function toldOf(): unknown[] {
  const known: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
  return Array.isArray(known) ? known : [];
}

/** Where a job is for whoever sits before this page: its view on the screen, the page in front, or behind. */
export function placeOf(job: string): Place {
  if (document.visibilityState !== 'visible') {
    return 'behind';
  }
  for (const view of document.querySelectorAll<HTMLElement>('.nodetool-view[data-job]')) {
    if (view.dataset.job === job && onScreen(view)) {
      return 'seen';
    }
  }
  return 'front';
}

/** Whether the middle of what the window holds of an element is not covered or scrolled away. */
function onScreen(element: HTMLElement): boolean {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const middle = (from: number, to: number, all: number) => (Math.max(0, from) + Math.min(all, to)) / 2;
  const at = document.elementFromPoint(
    middle(left, right, window.innerWidth),
    middle(top, bottom, window.innerHeight)
  );
  return at !== null && element.contains(at);
}
