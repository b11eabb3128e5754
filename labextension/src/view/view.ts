/** The view of one job: a head, the graph, what is in a node, the outputs and the log. It draws and never interprets. */

import { Announcer } from './announce';
import { h } from './dom';
import { Frame, Ticker } from './frame';
import { Graph } from './graph';
import { Header } from './header';
import { Log } from './log';
import { Model } from './model';
import { isObject, number, text } from './read';
import { Outputs } from './outputs';
import { Panel } from './panel';
import type { Strings } from './strings';
import { SNAPSHOT_VERSION } from './types';
import type { Connection, JsonObject, Link, RequestKind } from './types';

const ASK = 500; // ms between two questions for what is in the open node

/** A view that is on the page. */
export interface View {
  /** The id of the job that it shows. */
  readonly job: string;
  /** Whether the job has ended as far as this view knows. */
  readonly ended: boolean;
  /** Show the state after patch number `after`; false, and nothing changes, if it is older than the one that is shown. */
  snapshot(state: JsonObject, after?: number): boolean;
  /** Apply patch number `n`; false where one is missing before it, and then a snapshot must be asked for. */
  patch(n: number, patch: JsonObject): boolean;
  /** Show what is in a node. */
  detail(node: string, detail: JsonObject): void;
  /** Open a node, as a click on it does. */
  open(node: string): void;
  /** Say whether what is shown follows the job. */
  connect(connection: Connection): void;
  dispose(): void;
}

/** Tell whether a state can be drawn; if not, the words that say why. */
export function unshowable(state: unknown, strings: Strings): string | null {
  if (!isObject(state) || !isObject(state.job)) {
    return strings.broken;
  }
  const version = number(state.v);
  return version === null ? strings.broken : version > SNAPSHOT_VERSION ? strings.newer : null;
}

/** Draw a job into `host`, which must be empty; `state` must be one that can be drawn. */
export function mount(host: HTMLElement, state: JsonObject, link: Link, strings: Strings): View {
  return new JobView(host, state, link, strings);
}

class JobView implements View {
  constructor(
    private readonly _host: HTMLElement,
    state: JsonObject,
    private readonly _link: Link,
    private readonly _strings: Strings
  ) {
    this._model = new Model(state);
    this._header = new Header(this._model, _strings, {
      request: kind => void this._request(kind),
      showNode: node => this._show(node, true)
    });
    this._graph = new Graph(this._model, _strings, (node, byKey) => this._show(node, byKey));
    this._panel = new Panel(this._model, _strings, () => this._hide());
    this._log = new Log(this._model, _strings);
    this._outputs = new Outputs(this._model, _strings);
    this._root = h(
      'section',
      { class: 'nodetool-ui nodetool-view' },
      this._header.element,
      h('div', { class: 'nt-main' }, this._graph.element, this._panel.element),
      this._outputs.element,
      this._log.element,
      this._announcer.element
    );
    this._root.addEventListener('keydown', event => {
      // A notebook hears single keys too, and d d would remove the cell; its combinations stay its own.
      if (!event.ctrlKey && !event.metaKey && !event.altKey) {
        event.stopPropagation();
      }
    });
    _host.append(this._root);
    this._frame = new Frame(() => this._draw());
    this._ticker = new Ticker(this._root, () => this._tick());
    this._model.touched.all = true;
    this._said = this._model.status;
    this._draw();
  }

  get job(): string {
    return this._model.id;
  }

  get ended(): boolean {
    return this._model.ended;
  }

  snapshot(state: JsonObject, after = 0): boolean {
    const [at, known] = [number(state.at), this._model.at];
    const same = text((isObject(state.job) ? state.job : {}).id) === this._model.id;
    if (same && at !== null && known !== null && at < known) {
      return false;
    }
    this._model.snapshot(state, after);
    this._frame.ask();
    return true;
  }

  patch(n: number, patch: JsonObject): boolean {
    const taken = this._model.patch(n, patch);
    this._frame.ask();
    return taken;
  }

  detail(node: string, detail: JsonObject): void {
    this._model.detail(node, detail);
    this._frame.ask();
  }

  open(node: string): void {
    this._show(node, true);
  }

  connect(connection: Connection): void {
    if (connection !== this._connection) {
      this._connection = connection;
      this._model.touched.job = true;
      this._frame.ask();
    }
  }

  dispose(): void {
    window.clearTimeout(this._asking);
    this._frame.dispose();
    this._ticker.dispose();
    this._announcer.dispose();
    this._graph.dispose();
    this._root.remove();
    this._host.replaceChildren();
  }

  private get _live(): boolean {
    return this._connection === 'live' && !this._model.ended;
  }

  private _draw(): void {
    const { touched } = this._model;
    const live = this._live;
    this._root.dataset.job = this._model.id;
    this._root.dataset.connection = this._model.ended ? 'ended' : this._connection;
    this._drawPanel();
    if (touched.all) {
      this._graph.build(live);
      touched.nodes.clear();
      touched.edges.clear();
    } else if (touched.nodes.size || touched.edges.size || touched.job) {
      this._graph.draw(live, touched.nodes, touched.edges);
    }
    if (touched.all || touched.job) {
      this._header.draw(this._connection);
    }
    if (touched.all || touched.outputs) {
      this._outputs.draw();
    }
    if (touched.all || touched.log) {
      this._log.draw();
    }
    this._announce();
    touched.clear();
    if (touched.nodes.size || touched.edges.size) {
      this._frame.ask();
    }
    this._ticker.want(live && this._model.status !== 'queued');
  }

  private _drawPanel(): void {
    const { touched } = this._model;
    const node = this._panel.node;
    if (node === null) {
      return;
    }
    if (touched.nodes.has(node) && this._connection === 'live') {
      this._asking ||= window.setTimeout(this._ask, ASK);
    }
    if (touched.all || touched.log || touched.nodes.has(node) || touched.details.has(node)) {
      this._panel.draw();
    }
  }

  /** Ask for the values of the node that is open, which have changed since. */
  private _ask = (): void => {
    this._asking = 0;
    if (this._panel.node !== null && this._connection === 'live') {
      this._link.detail(this._model.id, this._panel.node);
    }
  };

  private _tick(): void {
    this._header.tick(this._connection);
    this._graph.tick(this._live);
  }

  private _announce(): void {
    const { job, status, ended } = this._model;
    const name = text(job.name) || this._strings.unnamed;
    if (status !== this._said) {
      this._said = status;
      const failed = text(job.failed_node);
      const more = failed ? `, ${this._strings.announceFailed(this._model.nodeName(failed))}` : '';
      this._announcer.say(this._strings.announceState(name, this._strings.state(status)) + more);
    } else if (this._live && !ended && (number(job.done) ?? 0) !== this._done) {
      const [done, all] = [String(number(job.done) ?? 0), String(number(job.all) ?? 0)];
      this._announcer.say(this._strings.announceProgress(name, done, all));
    }
    this._done = number(job.done) ?? 0;
  }

  private _show(node: string, focus: boolean): void {
    const ask = this._model.detailOf(node) === null || !this._model.ended;
    const reach = this._connection === 'live';
    this._panel.show(node, ask && reach);
    this._graph.select(node);
    this._graph.reveal(node, this._panel.covers());
    if (focus) {
      this._panel.focus();
    }
    if (ask && reach) {
      this._link.detail(this._model.id, node);
    }
  }

  private _hide(): void {
    const node = this._panel.node;
    const inside = this._panel.element.contains(document.activeElement);
    this._panel.hide();
    this._graph.select(null);
    if (inside && node !== null) {
      this._graph.focus(node);
    }
  }

  private async _request(kind: RequestKind): Promise<void> {
    this._header.notice(this._strings.asked);
    let said = '';
    try {
      const answer = await this._link.request(kind, this._model.id);
      if (!answer.ok) {
        said = answer.message ?? this._strings.noKernel;
      } else if (kind === 'retry' && answer.job) {
        said = this._strings.retried(answer.job);
      }
    } catch {
      said = this._strings.noKernel;
    }
    this._header.notice(said);
  }

  private readonly _root: HTMLElement;
  private readonly _model: Model;
  private readonly _header: Header;
  private readonly _graph: Graph;
  private readonly _panel: Panel;
  private readonly _log: Log;
  private readonly _outputs: Outputs;
  private readonly _announcer = new Announcer();
  private readonly _frame: Frame;
  private readonly _ticker: Ticker;
  private _connection: Connection = 'static';
  private _asking = 0;
  private _said = '';
  private _done = 0;
}
