/** The panel in JupyterLab's side bar: the jobs, the workers and the machine; and one job, when one is opened. */

import type { Message } from '@lumino/messaging';
import type { IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';

import type { Server } from '../api/server';
import type { ISocket } from '../api/socket';
import type { JobRecord } from '../api/types';
import type { Acts } from '../model/acts';
import { JobModel } from '../model/job';
import { Listing } from '../model/listing';
import type { Roster } from '../model/roster';
import type { Tab } from '../tokens';
import { Announcer } from '../view/announce';
import { h } from '../view/dom';
import { Detail } from './detail';
import { nodetoolIcon } from './icon';
import { JobList } from './list';
import { Machine } from './machine';
import { jobName, stateWord } from './row';
import type { PanelStrings } from './strings';
import { Workers } from './workers';

export const PANEL = 'nodetool-jupyter-panel';

/** What the panel and the tabs are made of. */
export interface Parts {
  api: Server;
  socket: ISocket;
  roster: Roster;
  acts: Acts;
  strings: PanelStrings;
  /** Open a job in a tab of the main area. */
  openInTab(job: string, tab: Tab): void;
}

export class SidePanel extends Widget {
  constructor(private readonly _parts: Parts) {
    super();
    const { socket, strings, roster, api } = _parts;
    this.id = PANEL;
    this.title.icon = nodetoolIcon;
    this.title.caption = strings.caption;
    this.addClass('nodetool-ui');
    this.addClass('nodetool-panel');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', strings.caption);
    this._listing = new Listing(roster, api);
    this._list = new JobList(this._listing, roster, strings, {
      open: job => this.open(job),
      quick: (job, act) => void _parts.acts[act](job),
      remove: record => void _parts.acts.remove(record.id)
    });
    this._workers = new Workers(socket, strings);
    this._machine = new Machine(socket, strings);
    const rest = h('div', { class: 'ntp-rest' }, this._workers.fold.element, this._machine.fold.element);
    this._home.append(this._list.element, rest);
    this.node.append(this._home, this._opened, this._announcer.element);
    roster.ended.connect(this._announce, this);
    roster.changed.connect(this._settle, this);
    this._opened.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        event.stopPropagation();
        this.back();
      }
    });
    this._settle();
  }

  /** The job that is open in the panel, or null. */
  get job(): string | null {
    return this._detail?.model.id ?? null;
  }

  /** Show one job in the panel. */
  open(job: string, tab?: Tab): void {
    const { _parts: parts } = this;
    if (this.job !== job) {
      this._detail?.dispose();
      const model = new JobModel(job, parts.api, parts.socket, parts.roster);
      this._detail = new Detail(model, parts.api, parts.acts, parts.strings, {
        back: () => this.back(),
        openInTab: shown => parts.openInTab(job, shown),
        left: next => (next === null ? this.back() : this.open(next))
      });
      this._opened.replaceChildren(this._detail.element);
      if (this.isVisible) {
        model.follow();
      }
    }
    if (tab !== undefined) {
      this._detail?.show(tab);
    }
    this._home.hidden = true;
    this._opened.hidden = false;
    this._list.select(job);
    this._detail?.focus();
  }

  /** Show the list again. */
  back(): void {
    const job = this.job;
    this._detail?.dispose();
    this._detail = null;
    this._home.hidden = false;
    this._opened.hidden = true;
    this._list.select(null);
    this._list.focus(job);
  }

  /** Show these parts only. */
  offer(sections: readonly string[]): void {
    this._list.offer(sections);
    this._workers.offer(sections.includes('workers'));
    this._machine.offer(sections.includes('machine'));
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._wake(false);
    this._parts.roster.ended.disconnect(this._announce, this);
    this._parts.roster.changed.disconnect(this._settle, this);
    this._detail?.dispose();
    this._list.dispose();
    this._listing.dispose();
    this._announcer.dispose();
    super.dispose();
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._wake(true);
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._wake(this.isVisible);
  }

  protected onBeforeHide(message: Message): void {
    this._wake(false);
    super.onBeforeHide(message);
  }

  protected onBeforeDetach(message: Message): void {
    this._wake(false);
    super.onBeforeDetach(message);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    if (this._detail === null) {
      this._list.focus();
    } else {
      this._detail.focus();
    }
  }

  /** Hear of things while the panel is seen, and of nothing while it is not. */
  private _wake(awake: boolean): void {
    if (awake === (this._watch !== null)) {
      return;
    }
    this._watch?.dispose();
    this._watch = awake ? this._parts.roster.watch() : null;
    this._workers.wake(awake);
    this._machine.wake(awake);
    if (awake) {
      this._detail?.model.follow();
    } else {
      this._detail?.model.sleep();
    }
  }

  /** Where the server has no extension, one sentence is all there is. */
  private _settle(): void {
    this.node.dataset.state = this._parts.roster.state;
  }

  private _announce(_: Roster, record: JobRecord): void {
    const { strings } = this._parts;
    if (this.isVisible) {
      this._announcer.say(strings.announceEnded(jobName(record, strings), stateWord(record, strings)));
    }
  }

  private readonly _listing: Listing;
  private readonly _list: JobList;
  private readonly _workers: Workers;
  private readonly _machine: Machine;
  private readonly _home = h('div', { class: 'ntp-home' });
  private readonly _opened = h('div', { class: 'ntp-opened', hidden: '' });
  private readonly _announcer = new Announcer();
  private _detail: Detail | null = null;
  private _watch: IDisposable | null = null;
}
