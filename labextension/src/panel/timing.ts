/** When each node of a job ran, as bars below one another. */

import { Keyed } from '../components/keyed';
import type { JobModel } from '../model/job';
import { h, mark, write } from '../view/dom';
import { Ticker } from '../view/frame';
import type { Model } from '../view/model';
import { number } from '../view/read';
import { duration, ticking, tone } from '../view/wording';
import type { Page } from './page';
import type { PanelStrings } from './strings';

/** When a node ran: seconds after the first, and how long; `running` where it still does. */
export interface Span {
  node: string;
  name: string;
  status: string;
  start: number;
  span: number;
  running: boolean;
}

/** Return when the nodes of a job ran, the earliest first, and how many seconds there are in all. */
export function spans(state: Model, live: boolean): { all: number; nodes: Span[] } {
  const nodes = state.part('nodes');
  const ran = Object.keys(nodes).flatMap(node => {
    const started = number(state.node(node).started);
    return started === null ? [] : [{ node, started, ended: number(state.node(node).ended) }];
  });
  const first = Math.min(number(state.job.started) ?? Infinity, ...ran.map(({ started }) => started));
  const made = ran.map(({ node, started, ended }) => ({
    node,
    name: state.nodeName(node),
    status: state.nodeStatus(node),
    start: started - first,
    span: state.span(started, ended ?? number(state.job.ended), live) ?? 0,
    running: ended === null && !state.ended
  }));
  made.sort((one, other) => one.start - other.start);
  const whole = state.span(first, number(state.job.ended), live) ?? 0;
  return { all: Math.max(whole, ...made.map(({ start, span }) => start + span), 0.001), nodes: made };
}

class Bar {
  readonly element: HTMLTableRowElement;

  constructor(private readonly _strings: PanelStrings) {
    this.element = h('tr', {}, this._name, h('td', {}, this._track), this._time);
    this._track.append(this._bar, this._words);
  }

  draw({ all, span }: { all: number; span: Span }): void {
    write(this._name, span.name);
    mark(this._name, 'title', span.name);
    mark(this.element, 'data-tone', tone(span.status));
    mark(this.element, 'data-running', span.running ? '' : null);
    this._bar.style.insetInlineStart = `${((100 * span.start) / all).toFixed(2)}%`;
    this._bar.style.inlineSize = `${((100 * span.span) / all).toFixed(2)}%`;
    const took = span.running ? ticking(span.span) : duration(span.span);
    write(this._time, took);
    const state = this._strings.view.state(span.status);
    write(this._words, `${state}, ${this._strings.bar(duration(span.start), took)}`);
  }

  private readonly _name = h('th', { scope: 'row', dir: 'auto' });
  private readonly _track = h('div', { class: 'ntp-track' });
  private readonly _bar = h('span', { class: 'ntp-span' });
  private readonly _words = h('span', { class: 'nt-unseen' });
  private readonly _time = h('td', { class: 'ntp-figure' });
}

export class TimingPage implements Page {
  readonly element: HTMLElement;

  constructor(
    private readonly _model: JobModel,
    private readonly _strings: PanelStrings
  ) {
    const head = (words: string) => h('th', { scope: 'col' }, words);
    this._table = h(
      'table',
      { class: 'ntp-timing' },
      h('thead', {}, h('tr', {}, head(_strings.node), head(_strings.when), head(_strings.duration))),
      this._rows
    );
    this.element = h('div', { class: 'ntp-page' }, this._note, this._table);
    this._bars = new Keyed(
      this._rows,
      ({ span }) => span.node,
      () => new Bar(_strings)
    );
    this._ticker = new Ticker(this.element, () => this.draw(this._model));
  }

  draw(model: JobModel): void {
    const { state } = model;
    const { all, nodes } = state ? spans(state, model.connection === 'live') : { all: 1, nodes: [] };
    this._table.hidden = nodes.length === 0;
    this._bars.draw(nodes.map(span => ({ all, span })));
    write(this._note, nodes.length ? this._waited(model) : this._strings.noTiming);
    this._ticker.want(this._shown && nodes.some(({ running }) => running));
  }

  shown(shown: boolean): void {
    this._shown = shown;
    this._ticker.want(false);
  }

  dispose(): void {
    this._ticker.dispose();
  }

  /** How long the job waited before it started, where that is worth a word. */
  private _waited(model: JobModel): string {
    const submitted = number(model.state?.job.submitted);
    const started = number(model.state?.job.started);
    const waited = submitted === null || started === null ? 0 : started - submitted;
    return waited >= 0.1 ? this._strings.waited(duration(waited)) : '';
  }

  private readonly _table: HTMLElement;
  private readonly _rows = h('tbody');
  private readonly _note = h('p', { class: 'nt-none' });
  private readonly _bars: Keyed<{ all: number; span: Span }, Bar>;
  private readonly _ticker: Ticker;
  private _shown = false;
}
