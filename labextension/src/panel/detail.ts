/** One job looked into: what it is, what can be done with it, and its parts as tabs. */

import type { Server } from '../api/server';
import { button, message, sentence, skeleton } from '../components/message';
import { Tabs } from '../components/tabs';
import { tool } from '../components/tool';
import type { Acts } from '../model/acts';
import type { JobModel } from '../model/job';
import { hasEnded } from '../model/roster';
import type { Tab } from '../tokens';
import { h, mark, Sign, write } from '../view/dom';
import { Frame, Ticker } from '../view/frame';
import { duration, moment, ticking, tone } from '../view/wording';
import { LogPage } from './logs';
import { OutputsPage } from './outputs';
import type { Page } from './page';
import { PicturePage } from './picture';
import { RequestPage } from './request';
import { fileOf, jobName, spent, stateWord } from './row';
import type { PanelStrings } from './strings';
import { TimingPage } from './timing';
import { failed, TroublePage } from './trouble';

/** Where a detail is: ways out of it that are there only in one of the two places. */
export interface Place {
  back?: () => void;
  openInTab?: (tab: Tab) => void;
  /** What to do when the job was deleted or run once more. */
  left: (next: string | null) => void;
}

export class Detail {
  readonly element: HTMLElement;

  constructor(
    readonly model: JobModel,
    server: Server,
    private readonly _acts: Acts,
    private readonly _strings: PanelStrings,
    private readonly _place: Place
  ) {
    const graph = new PicturePage(server, _strings);
    const showNode = (node: string) => {
      this._tabs.choose('graph');
      graph.open(node);
    };
    this._pages = {
      graph,
      log: new LogPage(model, server, _strings),
      outputs: new OutputsPage(model, server, _strings),
      timing: new TimingPage(model, _strings),
      error: new TroublePage(model, server, _strings, showNode),
      request: new RequestPage(_strings)
    };
    const names = Object.keys(this._pages) as Tab[];
    const tabs = names.map(name => ({ name, label: _strings[name], page: this._pages[name].element }));
    this._tabs = new Tabs(_strings.parts, tabs, name => this._chosen(name));
    this._tabs.offer('error', false, 'graph');
    this._buttons = this._makeButtons();
    this.element = h(
      'section',
      { class: 'ntp-detail' },
      this._head(),
      this._says,
      this._tabs.bar,
      this._tabs.pages
    );
    this._frame = new Frame(() => this._draw());
    this._ticker = new Ticker(this.element, () => this._figures());
    model.changed.connect(this._ask, this);
    this._tabs.choose('graph');
    this._draw();
  }

  /** The tab that is shown. */
  get tab(): Tab {
    return this._tabs.current ?? 'graph';
  }

  /** Show one of its parts. */
  show(tab: Tab): void {
    this._tabs.choose(tab);
  }

  /** Bring the focus to it. */
  focus(): void {
    this._name.focus();
  }

  dispose(): void {
    this.model.changed.disconnect(this._ask, this);
    this._frame.dispose();
    this._ticker.dispose();
    for (const page of Object.values(this._pages) as Page[]) {
      page.dispose?.();
    }
    this.model.dispose();
    this.element.remove();
  }

  private _ask(): void {
    this._frame.ask();
  }

  private _head(): HTMLElement {
    const words = this._strings;
    const { back, openInTab } = this._place;
    return h(
      'header',
      { class: 'ntp-head' },
      h(
        'div',
        { class: 'ntp-head-line' },
        back ? tool('back', words.back, back) : null,
        this._sign.element,
        this._name,
        openInTab ? tool('out', words.open, () => openInTab(this.tab)) : null
      ),
      this._about,
      h('div', { class: 'ntp-acts' }, ...Object.values(this._buttons))
    );
  }

  private _makeButtons() {
    const { _strings: words, _acts: acts } = this;
    const { id } = this.model;
    return {
      cancel: button(words.cancel, () => void acts.cancel(id)),
      retry: button(words.retry, () => void this._retry()),
      notebook: button(words.notebook, () => this._openNotebook()),
      copy: button(words.copy, () => void acts.copyId(id)),
      remove: button(words.remove, () => void this._remove())
    };
  }

  private async _retry(): Promise<void> {
    const next = await this._acts.retry(this.model.id);
    if (next !== null) {
      this._place.left(next);
    }
  }

  private async _remove(): Promise<void> {
    if (await this._acts.remove(this.model.id)) {
      this._place.left(null);
    }
  }

  private _openNotebook(): void {
    const { record, notebook } = this.model;
    if (record !== null) {
      void this._acts.openNotebook(notebook === null ? record : { ...record, notebook });
    }
  }

  private _chosen(name: Tab): void {
    for (const other of Object.keys(this._pages) as Tab[]) {
      const page: Page = this._pages[other];
      page.shown?.(other === name);
    }
    this._pages[name].draw(this.model);
  }

  private _draw(): void {
    const { model } = this;
    const { state, record } = model;
    this._say();
    this._headline();
    this._figures();
    this._tabs.offer('error', failed(model), 'graph');
    this._pages[this.tab].draw(model);
    state?.touched.clear();
    state?.touched.nodes.clear();
    state?.touched.edges.clear();
    this._ticker.want(record !== null && !hasEnded(record) && record.status !== 'queued');
  }

  private _headline(): void {
    const { record, gone } = this.model;
    const words = this._strings;
    const name = record ? jobName(record, words) : this.model.id;
    write(this._name, name);
    mark(this._name, 'title', name);
    mark(this.element, 'aria-label', words.details(name));
    mark(this.element, 'data-tone', tone(record?.status ?? ''));
    this._sign.show(record?.status ?? '', record?.progress ?? 0);
    const over = record !== null && hasEnded(record);
    const asked = this.model.state?.job.cancel_requested === true;
    const { cancel, retry, notebook, remove } = this._buttons;
    cancel.hidden = gone || record === null || over;
    cancel.disabled = asked;
    write(cancel, asked ? words.cancelling : words.cancel);
    retry.hidden = gone || !over;
    remove.hidden = gone || !over;
    notebook.hidden = !(this.model.notebook ?? record?.notebook);
  }

  /** Say in one line how the job stands. */
  private _figures(): void {
    const { record } = this.model;
    if (record === null) {
      write(this._about, '');
      return;
    }
    const words = this._strings;
    const span = spent(record, Date.now() / 1000);
    const said = [
      stateWord(record, words),
      span === null ? '' : hasEnded(record) ? duration(span) : ticking(span),
      record.strategy ?? '',
      record.submitted ? moment(record.submitted) : '',
      fileOf(this.model.notebook ?? record.notebook),
      this.model.id
    ];
    write(this._about, said.filter(Boolean).join(' · '));
  }

  /** Say why there is nothing to show, or that it is not current. */
  private _say(): void {
    const { gone, problem, connection, state } = this.model;
    const key = gone
      ? 'gone'
      : state === null
        ? problem
          ? `problem ${problem}`
          : 'asking'
        : connection === 'static'
          ? 'offline'
          : '';
    if (key === this._said) {
      return;
    }
    this._said = key;
    const words = this._strings;
    this._tabs.bar.hidden = this._tabs.pages.hidden = key !== '' && key !== 'offline';
    if (key === 'gone') {
      this._says.replaceChildren(message('lens', words.gone, sentence(words.goneText)));
    } else if (key === 'asking') {
      this._says.replaceChildren(h('p', { class: 'nt-unseen' }, words.asking), skeleton(3));
    } else if (key === 'offline') {
      this._says.replaceChildren(h('p', { class: 'ntp-banner' }, `${words.offline} ${words.offlineText}`));
    } else if (key) {
      const again = button(words.again, () => this.model.again());
      this._says.replaceChildren(message('fault', words.failed, sentence(problem), again));
    } else {
      this._says.replaceChildren();
    }
  }

  private readonly _sign = new Sign();
  private readonly _name = h('h2', { class: 'ntp-title', tabindex: '-1', dir: 'auto' });
  private readonly _about = h('p', { class: 'ntp-soft ntp-about' });
  private readonly _says = h('div', { class: 'ntp-says', role: 'status' });
  private readonly _pages: Record<Tab, Page>;
  private readonly _tabs: Tabs<Tab>;
  private readonly _buttons: ReturnType<Detail['_makeButtons']>;
  private readonly _frame: Frame;
  private readonly _ticker: Ticker;
  private _said = '\n';
}
