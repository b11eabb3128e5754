/** A job's log: its newest lines, narrowed by words, severity and node; it stays at the end until one scrolls up. */

import type { Server } from '../api/server';
import type { LogLine } from '../api/types';
import { button } from '../components/message';
import type { JobModel } from '../model/job';
import { Lines } from '../model/lines';
import { h, place, write } from '../view/dom';
import { line } from '../view/log';
import { LogFilter } from '../view/logfilter';
import { grouped } from '../view/wording';
import type { Page } from './page';
import type { PanelStrings } from './strings';

const NEAR = 8; // px from the end that count as the end

export class LogPage implements Page {
  readonly element: HTMLElement;

  constructor(
    private readonly _model: JobModel,
    server: Pick<Server, 'logs'>,
    private readonly _strings: PanelStrings
  ) {
    this._lines = new Lines(_model.id, server);
    this._lines.changed.connect(this._list, this);
    this._filter = new LogFilter(_strings.view, () => this._list());
    this._newest = button(_strings.follow, () => this._toEnd(), 'nt-button ntp-newest');
    this._newest.hidden = true;
    this._body.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = this._body;
      this._follows = scrollTop + clientHeight >= scrollHeight - NEAR;
      this._newest.hidden = this._follows;
    });
    this.element = h(
      'div',
      { class: 'ntp-page ntp-log' },
      this._filter.element,
      this._body,
      this._newest,
      h('p', { class: 'ntp-soft ntp-page-foot' }, this._count)
    );
  }

  draw(model: JobModel): void {
    const touched = model.state?.touched;
    if (!this._lines.heard || touched?.log || touched?.all || model.ended) {
      this._lines.more();
    }
  }

  shown(shown: boolean): void {
    if (shown) {
      this._lines.more();
    }
    if (shown && this._follows) {
      this._toEnd();
    }
  }

  dispose(): void {
    this._lines.changed.disconnect(this._list, this);
    this._lines.dispose();
  }

  private _list(): void {
    const { lines, cut, heard, problem } = this._lines;
    const words = this._strings;
    const kept = new Map<LogLine, HTMLElement>();
    for (const entry of lines) {
      const node = entry.node ?? '';
      const name = node && (this._model.state?.nodeName(node) ?? node);
      this._filter.offer(node, name);
      if (this._filter.takes({ text: entry.text, severity: entry.severity, node })) {
        kept.set(entry, this._drawn.get(entry) ?? line(fields(entry), name));
      }
    }
    this._drawn = kept;
    const none = problem || (!heard ? words.asking : lines.length ? words.view.noMatch : words.view.noLog);
    place(this._body, kept.size ? [...kept.values()] : [h('p', { class: 'nt-none' }, none)]);
    const [some, all] = [grouped(kept.size), grouped(lines.length)];
    const count =
      kept.size < lines.length ? words.someLines(lines.length, some, all) : words.lines(lines.length, all);
    write(
      this._count,
      [lines.length ? count : '', cut ? words.earlier : '', lines.length ? problem : '']
        .filter(Boolean)
        .join(' · ')
    );
    if (this._follows) {
      this._toEnd();
    }
  }

  private _toEnd(): void {
    this._body.scrollTop = this._body.scrollHeight;
    this._follows = true;
    this._newest.hidden = true;
  }

  private readonly _lines: Lines;
  private readonly _filter: LogFilter;
  private readonly _newest: HTMLButtonElement;
  private readonly _body = h('div', {
    class: 'nt-lines ntp-lines',
    tabindex: '0',
    role: 'log',
    'aria-live': 'off'
  });
  private readonly _count = h('span');
  private _drawn = new Map<LogLine, HTMLElement>();
  private _follows = true;
}

function fields(entry: LogLine) {
  return { time: entry.time, severity: entry.severity, text: entry.text };
}
