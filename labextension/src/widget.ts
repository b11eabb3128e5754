/** The view as an anywidget, for front-ends that have no plugin of ours: VS Code, Colab, a Lab without it. */

import { h } from './view/dom';
import { strings } from './view/strings';
import type { Answer, JsonObject, Link, RequestKind, ViewMessage } from './view/types';
import { mount, unshowable } from './view/view';
import type { View } from './view/view';

const PATIENCE = 2000; // ms after which a kernel is taken for one that does not answer

/** What anywidget gives of a model. */
interface Model {
  get(name: 'state'): JsonObject;
  on(event: 'msg:custom', hear: (message: JsonObject) => void): void;
  off(event: 'msg:custom', hear: (message: JsonObject) => void): void;
  send(message: JsonObject): void;
}

/** Draw the widget's job into an element; returns what ends it. */
export function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const words = strings();
  const state = model.get('state');
  const problem = unshowable(state, words);
  if (problem !== null) {
    el.append(h('div', { class: 'nodetool-ui nodetool-view' }, h('p', { class: 'nt-plain' }, problem)));
    return () => el.replaceChildren();
  }
  const requests = new Requests(model, el);
  const view = mount(el, state, requests, words);
  const hear = (message: JsonObject) => {
    if (requests.take(message)) {
      return;
    }
    if (!show(view, message as unknown as ViewMessage)) {
      model.send({ type: 'follow', job: view.job });
    }
  };
  model.on('msg:custom', hear);
  view.connect('waiting');
  model.send({ type: 'follow', job: view.job });
  return () => {
    model.off('msg:custom', hear);
    view.dispose();
  };
}

/** Pass a message to the view; false where a snapshot must be asked for. */
function show(view: View, message: ViewMessage): boolean {
  switch (message.type) {
    case 'snapshot':
      view.snapshot(message.state);
      view.connect('live');
      return true;
    case 'patch':
      return view.patch(message.n, message.patch);
    case 'detail':
      view.detail(message.node, message.detail);
      return true;
    case 'gone':
      view.connect('static');
      return true;
    default:
      return true;
  }
}

/** Sends what a person asks for: by the page's plugin if there is one, which reaches a busy kernel, else by the model. */
class Requests implements Link {
  constructor(
    private readonly _model: Model,
    private readonly _host: HTMLElement
  ) {}

  request(kind: RequestKind, job: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const answer = (given: Promise<Answer>) => given.then(resolve, reject);
      const event = new CustomEvent('nodetool:request', {
        bubbles: true,
        composed: true,
        cancelable: true,
        detail: { type: kind, job, answer }
      });
      if (!this._host.dispatchEvent(event)) {
        return; // taken by the plugin, which answers
      }
      const id = (this._number += 1);
      const timer = window.setTimeout(() => reject(new Error('no answer in time')), PATIENCE);
      this._waiting.set(id, given => {
        window.clearTimeout(timer);
        resolve(given);
      });
      this._model.send({ id, type: kind, job });
    });
  }

  detail(job: string, node: string): void {
    this._model.send({ type: 'detail', job, node });
  }

  /** Take an answer; false if the message is none. */
  take(message: JsonObject): boolean {
    if (typeof message.id !== 'number' || typeof message.ok !== 'boolean') {
      return false;
    }
    this._waiting.get(message.id)?.(message as unknown as Answer);
    this._waiting.delete(message.id);
    return true;
  }

  private readonly _waiting = new Map<number, (answer: Answer) => void>();
  private _number = 0;
}

export default { render };
