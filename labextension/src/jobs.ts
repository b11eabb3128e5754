/** Which views show which jobs, and which kernels tell of them. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';

import { KernelLink } from './kernel';
import { Track } from './track';
import { text } from './view/read';
import type { Answer, JsonObject, Link, RequestKind, ViewMessage } from './view/types';
import type { View } from './view/view';

const UNPLACED = 32; // jobs that are kept although no view shows them yet
const AGAIN = 1000; // ms between two questions for the same snapshot

/** What there is of a session: the kernel it has now, and a signal when it has another. */
export type Session = Pick<ISessionContext, 'session' | 'kernelChanged' | 'disposed' | 'isDisposed'>;

/** One job as one kernel tells of it. */
interface Told {
  link: KernelLink;
  track: Track;
  asked: number;
}

/** A view and where its kernel is looked for. */
interface Placed {
  view: View;
  session: () => Session | null;
}

export class Jobs {
  /** Listen to a session's kernel, and to those that come after it. */
  adopt(session: Session): void {
    if (this._sessions.has(session)) {
      return;
    }
    this._sessions.add(session);
    const changed = () => this._listen(session.session?.kernel ?? null);
    session.kernelChanged.connect(changed);
    session.disposed.connect(() => this._sessions.delete(session));
    changed();
  }

  /** Keep a view current, until the returned function is called. */
  place(view: View, session: () => Session | null): () => void {
    const placed = { view, session };
    this._placed.add(placed);
    this._settle(placed);
    return () => {
      this._placed.delete(placed);
      this._leave(view);
    };
  }

  /** Return the link by which a view's job is reached. */
  linkOf(placed: { session: () => Session | null }): Link {
    return {
      request: (kind, job) => this.request(kind, job, placed.session()),
      detail: (job, node) =>
        this._linkFor(job, placed.session())?.request({ type: 'detail', job, node }).catch(quiet)
    };
  }

  /** Ask the kernel of a job for something. */
  request(kind: RequestKind, job: string, session: Session | null): Promise<Answer> {
    const link = this._linkFor(job, session);
    return link ? link.request({ type: kind, job }) : Promise.reject(new Error('no kernel'));
  }

  /** Whether any kernel can be asked about a job. */
  reaches(job: string): boolean {
    return this._linkFor(job, null) !== null;
  }

  private _listen(kernel: Kernel.IKernelConnection | null): void {
    const known = kernel && this._links.get(kernel.id);
    // A page has several connections to a kernel that a notebook and a console share; one of them handles comms.
    if (kernel === null || kernel.isDisposed || known?.kernel === kernel || (known && !kernel.handleComms)) {
      this._settleAll();
      return;
    }
    this._links.delete(kernel.id);
    known?.dispose();
    const link = new KernelLink(
      kernel,
      this._page,
      message => this._take(link, message),
      () => this._met(link)
    );
    this._links.set(kernel.id, link);
    link.begin();
    this._settleAll();
  }

  /** A kernel was met, or lost. */
  private _met(link: KernelLink): void {
    if (link.isDisposed && this._links.get(link.kernel.id) === link) {
      this._links.delete(link.kernel.id);
      // Another document may use the same kernel by a connection of its own.
      for (const { session } of this._sessions) {
        if (session?.kernel?.id === link.kernel.id && session.kernel !== link.kernel) {
          this._listen(session.kernel);
        }
      }
    }
    if (link.acquaintance !== 'met') {
      for (const [job, told] of this._told) {
        if (told.link === link) {
          told.track.lose('static');
          this._told.delete(job);
        }
      }
    }
    this._settleAll();
  }

  private _settleAll(): void {
    this._placed.forEach(placed => this._settle(placed));
  }

  /** Connect a view with what its kernel tells, and ask for it if it tells nothing yet. */
  private _settle({ view, session }: Placed): void {
    const link = this._linkFor(view.job, session());
    if (link === null || link.acquaintance === 'stranger') {
      view.connect('static');
      return;
    }
    if (view.ended) {
      view.connect(link.acquaintance === 'met' ? 'live' : 'static');
      return;
    }
    if (link.acquaintance === 'asked') {
      view.connect('waiting');
      link.knock();
      return;
    }
    const told = this._toldBy(link, view.job);
    if (!told.track.views.has(view)) {
      told.track.add(view);
    }
    if (!told.track.live) {
      view.connect('waiting');
      this._follow(view.job, told);
    }
  }

  private _follow(job: string, told: Told): void {
    const now = performance.now();
    if (now - told.asked >= AGAIN) {
      told.asked = now;
      told.link.request({ type: 'follow', job }).catch(() => told.track.lose('static'));
    }
  }

  private _take(link: KernelLink, message: JsonObject): void {
    const job = text(message.job);
    if (!job) {
      return;
    }
    const told = this._toldBy(link, job);
    if (!told.track.take(message as unknown as ViewMessage) && told.track.views.size) {
      this._follow(job, told);
    }
    this._placed.forEach(placed => {
      if (placed.view.job === job && !told.track.views.has(placed.view)) {
        this._settle(placed);
      }
    });
  }

  private _toldBy(link: KernelLink, job: string): Told {
    const known = this._told.get(job);
    if (known?.link === link) {
      return known;
    }
    const told = { link, track: new Track(), asked: -Infinity };
    known?.track.views.forEach(view => told.track.views.add(view));
    this._told.set(job, told);
    const unplaced = [...this._told].filter(([, { track }]) => track.views.size === 0);
    if (unplaced.length > UNPLACED) {
      this._told.delete((unplaced[0] as [string, Told])[0]);
    }
    return told;
  }

  private _leave(view: View): void {
    const { job } = view;
    const told = this._told.get(job);
    if (told?.track.views.delete(view) && told.track.views.size === 0) {
      this._told.delete(job);
      if (!told.link.isDisposed && told.link.acquaintance === 'met') {
        told.link.request({ type: 'unfollow', job }).catch(quiet);
      }
    }
  }

  /** The kernel of a view's own document; of a view that is in none the kernel that told of its job. */
  private _linkFor(job: string, session: Session | null): KernelLink | null {
    const own = session?.session?.kernel?.id;
    return (own === undefined ? this._told.get(job)?.link : this._links.get(own)) ?? null;
  }

  private readonly _page = UUID.uuid4();
  private readonly _sessions = new Set<Session>();
  private readonly _links = new Map<string, KernelLink>();
  private readonly _told = new Map<string, Told>();
  private readonly _placed = new Set<Placed>();
}

function quiet(): void {
  // The view says that no kernel answers; there is nothing else to do.
}
