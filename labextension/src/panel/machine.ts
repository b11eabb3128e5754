/** The machine's part of the panel: CPU, memory and GPUs, each with the curve of the last two minutes. */

import type { ISocket } from '../api/socket';
import type { Problem, ResourcesMessage } from '../api/types';
import { Fold } from '../components/fold';
import { Gauge } from '../components/sparkline';
import { figures } from '../model/resources';
import type { Figure } from '../model/resources';
import { h } from '../view/dom';
import { size } from '../view/wording';
import { Part } from './part';
import type { PanelStrings } from './strings';

export class Machine extends Part<ResourcesMessage> {
  constructor(
    socket: ISocket,
    private readonly _strings: PanelStrings
  ) {
    super(new Fold('machine', _strings.machine, open => this.open(open)), hear =>
      socket.subscribe({ topic: 'resources' }, hear)
    );
    this.fold.body.append(this._none, this._list);
  }

  protected take(message: ResourcesMessage | Problem): void {
    if (message.type === 'error') {
      this._none.textContent = message.message;
      return;
    }
    this.fold.note(message.mine ? this._strings.mine : '');
    const found = figures(message);
    const keys = found.map(({ key }) => key).join('\n');
    if (keys !== this._keys) {
      this._keys = keys;
      this._gauges = found.map(figure => new Gauge(this._name(figure)));
      this._list.replaceChildren(...this._gauges.map(gauge => gauge.element));
    }
    found.forEach((figure, place) => this._gauges[place]?.show(figure.share, this._words(figure)));
    this._none.hidden = found.length > 0;
  }

  private _name({ kind, index, name }: Figure): string {
    const words = this._strings;
    switch (kind) {
      case 'cpu':
        return words.cpu;
      case 'memory':
        return words.memory;
      case 'gpu':
        return words.gpu(`${index} · ${name}`);
      case 'gpu-memory':
        return words.gpuMemory(String(index));
    }
  }

  private _words({ kind, used, all }: Figure): string {
    const words = this._strings;
    switch (kind) {
      case 'cpu':
        return words.cores(used.toFixed(1), all, String(Number(all.toFixed(1))));
      case 'gpu':
        return words.percent(String(Math.round(100 * used)));
      default:
        return words.bytes(size(used), size(all));
    }
  }

  private readonly _list = h('dl', { class: 'ntp-gauges' });
  private readonly _none = h('p', { class: 'nt-none' }, this._strings.noFigures);
  private _keys = '';
  private _gauges: Gauge[] = [];
}
