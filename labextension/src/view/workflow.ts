/** The picture of a workflow that does not run: its graph, what is the matter with it, what it takes and gives. */

import { h, write } from './dom';
import { Graph } from './graph';
import { Model } from './model';
import { flag, isObject, list, number, object, text } from './read';
import type { Strings } from './strings';
import type { Json, JsonObject } from './types';
import { grouped } from './wording';
import type { ShellStrings } from '../strings';

/** Shows what the server says of a workflow; nobody vouches for it, so everything is read as text. */
export class WorkflowPicture {
  readonly element: HTMLElement;

  constructor(
    view: Strings,
    private readonly _words: ShellStrings
  ) {
    // Nothing runs here, so a node that waits is not said to.
    this._strings = { ...view, state: status => (status === 'waiting' ? '' : view.state(status)) };
    this.element = h(
      'section',
      { class: 'nodetool-ui nodetool-view nt-workflow', 'data-connection': 'ended' },
      this._head,
      h('div', { class: 'nt-main' }, this._place),
      this._lists
    );
    this._head.append(this._name, this._counts);
  }

  /** Show a workflow as the server explained it. */
  show(explained: JsonObject): void {
    const state = object(explained.state);
    const name = text(object(state.job).name) || this._words.untitled;
    write(this._name, name);
    this.element.setAttribute('aria-label', name);
    this._draw(state);
    write(this._counts, this._count(explained, state));
    const [issues, inputs, outputs] = ['issues', 'inputs', 'outputs'].map(key => list(explained[key]));
    const small = Object.keys(object(state.graph)).length > 0;
    this._lists.replaceChildren(
      ...(small ? [] : [h('p', { class: 'nt-plain' }, this._words.notShown)]),
      ...this._issues(issues ?? [], number(explained.more) ?? 0),
      ...this._section(
        this._words.inputs,
        (inputs ?? []).filter(isObject).map(each => this._input(each))
      ),
      ...this._section(
        this._words.outputs,
        (outputs ?? []).map(output => h('li', {}, h('b', {}, text(output))))
      )
    );
  }

  /** Show a sentence in place of a workflow, with what can be done. */
  say(sentence: string, ...more: HTMLElement[]): void {
    this._drop();
    write(this._name, '');
    write(this._counts, '');
    this._place.replaceChildren();
    this._lists.replaceChildren(h('p', { class: 'nt-plain', role: 'status' }, sentence), ...more);
  }

  dispose(): void {
    this._drop();
    this.element.remove();
  }

  private _draw(state: JsonObject): void {
    const had = this._model;
    if (had === null || this._graph === null) {
      this._model = new Model(state);
      this._graph = new Graph(this._model, this._strings, node => this._mark(node));
      this._place.replaceChildren(this._graph.element);
    } else {
      had.snapshot(state);
    }
    this._graph.build(false);
    this._model?.touched.clear();
  }

  private _drop(): void {
    this._graph?.dispose();
    this._graph = null;
    this._model = null;
  }

  private _count(explained: JsonObject, state: JsonObject): string {
    const words = this._words;
    const issues = list(explained.issues).filter(isObject);
    const warnings = issues.filter(issue => issue.severity === 'warning').length;
    const faults = number(explained.faults) ?? issues.length - warnings;
    const nodes = number(object(state.job).all) ?? 0;
    return [
      words.nodes(nodes, grouped(nodes)),
      faults ? words.faults(faults, grouped(faults)) : words.ready,
      warnings ? words.warnings(warnings, grouped(warnings)) : ''
    ]
      .filter(Boolean)
      .join(' · ');
  }

  private _issues(issues: Json[], more: number): HTMLElement[] {
    const words = this._words;
    const items = issues.filter(isObject).map(issue => {
      const severity = issue.severity === 'warning' ? 'warning' : 'error';
      const node = text(issue.node);
      const item = h(
        'li',
        { 'data-severity': severity, 'data-node': node || null },
        h('i', {}, severity === 'warning' ? words.warning : words.error)
      );
      if (node && this._model !== null && isObject(object(this._model.part('graph').nodes)[node])) {
        const to = h('button', { type: 'button', class: 'nt-link' }, this._model.nodeName(node));
        to.addEventListener('click', () => this._go(node));
        item.append(to);
      }
      const property = text(issue.property);
      item.append(property ? `${property}: ${text(issue.message)}` : text(issue.message));
      return item;
    });
    if (more > 0) {
      items.push(h('li', {}, words.moreIssues(grouped(more))));
    }
    return this._section(words.issues, items);
  }

  private _input(input: JsonObject): HTMLElement {
    const value = text(input.value);
    return h(
      'li',
      {},
      h('b', {}, text(input.name)),
      h('span', {}, text(input.type)),
      flag(input.needed) ? h('i', {}, this._words.mustBeGiven) : value ? h('code', {}, value) : null
    );
  }

  private _section(title: string, items: HTMLElement[]): HTMLElement[] {
    return items.length
      ? [h('section', { class: 'nt-list', 'aria-label': title }, h('h4', {}, title), h('ul', {}, ...items))]
      : [];
  }

  private _go(node: string): void {
    this._graph?.reveal(node);
    this._graph?.select(node);
    this._graph?.focus(node);
  }

  /** Mark a node and what is the matter with it. */
  private _mark(node: string): void {
    this._graph?.select(node);
    let first: Element | null = null;
    for (const item of this._lists.querySelectorAll('li[data-node]')) {
      const its = item.getAttribute('data-node') === node;
      item.toggleAttribute('data-marked', its);
      first ??= its ? item : null;
    }
    first?.scrollIntoView({ block: 'nearest' });
  }

  private readonly _strings: Strings;
  private readonly _head = h('header', { class: 'nt-header nt-workflow-head' });
  private readonly _name = h('h3', { class: 'nt-name' });
  private readonly _counts = h('span', { class: 'nt-counts', role: 'status' });
  private readonly _place = h('div', { class: 'nt-workflow-place' });
  private readonly _lists = h('div', { class: 'nt-lists' });
  private _model: Model | null = null;
  private _graph: Graph | null = null;
}
