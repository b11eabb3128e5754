/** The workers' part of the panel: which there are, whether they answer, and what they offer. */

import type { ISocket } from '../api/socket';
import type { Problem, Worker, WorkersMessage } from '../api/types';
import { Fold } from '../components/fold';
import { Keyed } from '../components/keyed';
import { h, mark, Sign, write } from '../view/dom';
import { object, text } from '../view/read';
import { grouped } from '../view/wording';
import { Part } from './part';
import type { PanelStrings } from './strings';

/** The sign of a worker's state: those of jobs that look alike. */
const SIGNS: Record<string, string> = {
  connected: 'completed',
  connecting: 'starting',
  unreachable: 'error',
  refused: 'error'
};

class WorkerRow {
  readonly element: HTMLElement;

  constructor(private readonly _strings: PanelStrings) {
    this.element = h(
      'li',
      { class: 'ntp-worker' },
      this._sign.element,
      h('div', { class: 'ntp-row-line' }, this._name, this._host),
      this._about,
      this._error
    );
  }

  draw(worker: Worker): void {
    const words = this._strings;
    const sign = Object.hasOwn(SIGNS, worker.state) ? (SIGNS[worker.state] as string) : '';
    this._sign.show(sign, 0);
    write(this._name, worker.name);
    write(this._host, worker.url_host);
    mark(this._host, 'title', worker.url_host);
    const nodes = worker.nodes ?? null;
    const queue = worker.queue ?? 0;
    const said = [
      words.worker(worker.state),
      worker.version ? words.version(worker.version) : '',
      nodes === null ? '' : words.types(nodes, grouped(nodes)),
      ...gpus(worker),
      queue ? words.waiting(queue, grouped(queue)) : ''
    ];
    write(this._about, said.filter(Boolean).join(' · '));
    write(this._error, worker.error ?? '');
    this._error.hidden = !worker.error;
  }

  private readonly _sign = new Sign();
  private readonly _name = h('span', { class: 'ntp-row-name', dir: 'auto' });
  private readonly _host = h('span', { class: 'ntp-row-time ntp-host', dir: 'ltr' });
  private readonly _about = h('p', { class: 'ntp-soft' });
  private readonly _error = h('p', { class: 'ntp-fault' });
}

/** The names of a worker's GPUs, however it tells them. */
function gpus(worker: Worker): string[] {
  return (worker.gpu ?? []).map(gpu => (typeof gpu === 'object' ? text(object(gpu).name) : text(gpu)));
}

export class Workers extends Part<WorkersMessage> {
  constructor(
    socket: ISocket,
    private readonly _strings: PanelStrings
  ) {
    super(new Fold('workers', _strings.workers, open => this.open(open)), hear =>
      socket.subscribe({ topic: 'workers' }, hear)
    );
    this._rows = new Keyed(
      this._list,
      worker => worker.name,
      () => new WorkerRow(_strings)
    );
    this.fold.body.append(this._none, this._list);
  }

  protected take(message: WorkersMessage | Problem): void {
    if (message.type === 'error') {
      this._none.hidden = false;
      write(this._none, message.message);
      return;
    }
    const { workers } = message;
    this._rows.draw(workers);
    this.fold.note(workers.length ? grouped(workers.length) : '');
    this._none.hidden = workers.length > 0;
    write(this._none, this._strings.noWorkers);
  }

  private readonly _list = h('ul', { class: 'ntp-workers', role: 'list' });
  private readonly _none = h('p', { class: 'nt-none' });
  private readonly _rows: Keyed<Worker, WorkerRow>;
}
