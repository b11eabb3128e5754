/** The parts of the panel on an empty page, over a server that answers as a test says. */

import { JobList } from '../src/panel/list';
import { panelStrings } from '../src/panel/strings';
import type { JobRecord } from '../src/api/types';
import { Listing } from '../src/model/listing';
import { ServerRoster } from '../src/model/roster';
import { clock } from './page';
import { calm, FakeServer, socketOf } from './server';

export const WORDS = panelStrings();
export const NOW = 1_700_000_100;

/** A job of the list, the newer the higher its number. */
export function record(number: number, more: Partial<JobRecord> = {}): JobRecord {
  const submitted = 1_700_000_000 + number / 1000;
  return {
    id: `job${number}`,
    name: `Job ${number}`,
    status: 'completed',
    strategy: 'threaded',
    submitted,
    started: submitted + 1,
    ended: submitted + 3,
    ...more
  };
}

/** A job that runs. */
export function runs(number: number, more: Partial<JobRecord> = {}): JobRecord {
  return record(number, { status: 'running', ended: null, progress: 0.25, done: 1, all: 4, ...more });
}

/** A page with a socket on which the topic of jobs is followed. */
export class Page {
  readonly server = new FakeServer();
  readonly socket = socketOf(this.server);
  readonly roster = new ServerRoster(this.socket);
  readonly listing = new Listing(this.roster, this.server.api);
  readonly acts: string[] = [];
  watch = this.roster.watch();

  /** Let the server greet, and tell of these jobs. */
  async begin(jobs: JobRecord[], total = jobs.length): Promise<this> {
    await calm();
    this.server.socket.greet();
    this.tell({ type: 'jobs', jobs, total });
    return this;
  }

  /** The number of the newest subscription to a topic. */
  topic(name: string): unknown {
    return this.server.socket.topics.filter(({ topic }) => topic === name).at(-1)?.id;
  }

  tell(message: Record<string, unknown>, topic = 'jobs'): void {
    this.server.socket.tell({ id: this.topic(topic), ...message });
    clock.advance(20);
  }

  /** Let the server go away. */
  async lose(): Promise<void> {
    this.server.answers.health = [0, null];
    this.server.socket.drop();
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(500);
      await calm();
    }
    clock.advance(20);
  }

  /** Draw the list on an empty page. */
  list(): JobList {
    const list = new JobList(
      this.listing,
      this.roster,
      WORDS,
      {
        open: job => this.acts.push(`open ${job}`),
        quick: (job, act) => this.acts.push(`${act} ${job}`),
        remove: ({ id }) => this.acts.push(`remove ${id}`)
      },
      () => NOW
    );
    document.body.replaceChildren(list.element);
    clock.advance(20);
    return list;
  }
}

export const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
export const one = (selector: string) => {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) {
    throw new Error(`nothing matches ${selector}`);
  }
  return found;
};
export const texts = (selector: string) => all(selector).map(({ textContent }) => textContent);

/** Press a key where the focus is. */
export function press(key: string): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  (document.activeElement ?? document.body).dispatchEvent(event);
  clock.advance(20);
  return event;
}

/** Write into a field, or choose in one. */
export function enter(selector: string, value: string): void {
  const field = one(selector) as HTMLInputElement;
  field.value = value;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  clock.advance(20);
}
