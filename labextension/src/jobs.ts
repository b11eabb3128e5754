/** Which views show which jobs, and which sources tell of them: the server where it knows a job, else its kernel. */

import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';

import { KernelLink } from './kernel';
import type { ServerSource } from './server-source';
import type { Source } from './source';
import { Track } from './track';
import { text } from './view/read';
import type { Answer, Link, RequestKind, ViewMessage } from './view/types';
import type { View } from './view/view';

const UNPLACED = 32; // jobs that are kept although no view shows them yet
const AGAIN = 1000; // ms between two questions for the same snapshot

/** What there is of a session: the kernel it has now, and a signal when it has another. */
export type Session = Pick<ISessionContext, 'session' | 'kernelChanged' | 'disposed' | 'isDisposed'>;

/** One job as one source tells of it. */
interface Told {
  source: Source;
  track: Track;
  asked: number;
}

/** A view, the job that it shows, and where its kernel is looked for. */
interface Placed {
  view: View;
  job: string;
  session: () => Session | null;
}

export class Jobs {
  constructor(private readonly _server: ServerSource | null = null) {
    _server?.listen(
      message => this._take(_server, message),
      () => this._changed(_server)
    );
  }

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
    const placed = { view, job: view.job, session };
    this._placed.add(placed);
    this._settle(placed);
    return () => {
      this._placed.delete(placed);
      this._leave(placed);
    };
  }

  /** Return the link by which a view's job is reached. */
  linkOf({ session }: { session: () => Session | null }): Link {
    return {
      request: (kind, job) => this.request(kind, job, session()),
      detail: (job, node) => {
        // A view that hears nothing goes on showing what it has.
        this._ask(this._sources(job, session()), source => source.detail(job, node)).catch(() => undefined);
      }
    };
  }

  /** Ask for something; rejects where nobody who knows the job answers. */
  request(kind: RequestKind, job: string, session: Session | null): Promise<Answer> {
    const sources = this._sources(job, session);
    // What runs once more runs where it is asked for, and only a kernel has the nodes that its notebook defined.
    const kernelFirst = kind === 'retry' && this._linkFor(job, session)?.acquaintance() === 'met';
    return this._ask(kernelFirst ? sources.reverse() : sources, source => source.request(kind, job));
  }

  /** Whether there is anybody to be asked about a job. */
  reaches(job: string): boolean {
    return this._server?.acquaintance(job) === 'met' || this._linkFor(job, null) !== null;
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
      message => this._take(link, message as unknown as ViewMessage),
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
    this._changed(link);
  }

  /** A source knows jobs that it did not know, or the other way round. */
  private _changed(source: Source): void {
    for (const [job, told] of this._told) {
      if (told.source === source && source.acquaintance(job) !== 'met') {
        told.track.lose();
        this._told.delete(job);
      }
    }
    this._settleAll();
  }

  private _settleAll(): void {
    this._placed.forEach(placed => this._settle(placed));
  }

  /** Connect a view with what is told of its job, and ask for it if nothing is yet. */
  private _settle({ view, job, session }: Placed): void {
    if (this._server?.acquaintance(job) === 'asked') {
      this._server.knock(view);
    }
    const source = this._sourceFor(job, session());
    const acquaintance = source?.acquaintance(job) ?? 'stranger';
    if (source === null || acquaintance === 'stranger') {
      view.connect('static');
    } else if (view.ended) {
      view.connect(acquaintance === 'met' ? 'live' : 'static');
    } else if (acquaintance === 'asked') {
      view.connect('waiting');
      source.knock(view);
    } else {
      this._show(view, this._toldBy(source, job));
    }
  }

  private _show(view: View, told: Told): void {
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
      told.source.follow(job).catch(() => told.track.lose());
    }
  }

  private _take(source: Source, message: ViewMessage): void {
    const job = text(message.job);
    if (!job) {
      return;
    }
    const views = [...this._placed].filter(placed => placed.job === job);
    if (message.type === 'detail') {
      views.forEach(({ view }) => view.detail(message.node, message.detail));
      return;
    }
    if (source !== this._server && this._server?.acquaintance(job) === 'met') {
      return; // the server tells of it
    }
    const told = this._toldBy(source, job);
    if (!told.track.take(message) && told.track.views.size) {
      this._follow(job, told);
    }
    views.filter(({ view }) => !told.track.views.has(view)).forEach(placed => this._settle(placed));
  }

  private _toldBy(source: Source, job: string): Told {
    const known = this._told.get(job);
    if (known?.source === source) {
      return known;
    }
    const told = { source, track: new Track(), asked: -Infinity };
    known?.track.views.forEach(view => told.track.views.add(view));
    known?.source.leave(job);
    this._told.set(job, told);
    const unplaced = [...this._told].filter(([, { track }]) => track.views.size === 0);
    if (unplaced.length > UNPLACED) {
      this._told.delete((unplaced[0] as [string, Told])[0]);
    }
    return told;
  }

  private _leave({ view, job }: Placed): void {
    const told = this._told.get(job);
    told?.track.views.delete(view);
    if ([...this._placed].some(placed => placed.job === job)) {
      return;
    }
    this._told.delete(job);
    told?.source.leave(job);
    this._server?.leave(job); // it may have been asked only
  }

  /** Ask those who may know a job, one after the other. */
  private async _ask<T>(sources: (Source | null)[], act: (source: Source) => Promise<T>): Promise<T> {
    for (const source of sources) {
      try {
        if (source !== null) {
          return await act(source);
        }
      } catch {
        // The next one may know it.
      }
    }
    throw new Error('nobody answers');
  }

  /** The server, if it may know a job, and then the kernel. */
  private _sources(job: string, session: Session | null): (Source | null)[] {
    const server = this._server?.acquaintance(job) === 'stranger' ? null : this._server;
    return [server, this._linkFor(job, session)];
  }

  /** Who tells of a job: the server, or a kernel as long as the server has not said that it knows it. */
  private _sourceFor(job: string, session: Session | null): Source | null {
    const link = this._linkFor(job, session);
    const server = this._server?.acquaintance(job) ?? 'stranger';
    return server === 'met' || (server === 'asked' && link?.acquaintance() !== 'met') ? this._server : link;
  }

  /** The kernel of a view's own document; of a view that is in none the kernel that told of its job. */
  private _linkFor(job: string, session: Session | null): KernelLink | null {
    const own = session?.session?.kernel?.id;
    const told = this._told.get(job)?.source;
    return (own === undefined ? (told instanceof KernelLink ? told : null) : this._links.get(own)) ?? null;
  }

  private readonly _page = UUID.uuid4();
  private readonly _sessions = new Set<Session>();
  private readonly _links = new Map<string, KernelLink>();
  private readonly _told = new Map<string, Told>();
  private readonly _placed = new Set<Placed>();
}
