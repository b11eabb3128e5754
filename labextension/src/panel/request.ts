/** What was submitted, as JSON to read and to copy. */

import { button } from '../components/message';
import type { JobModel } from '../model/job';
import { h, write } from '../view/dom';
import type { Page } from './page';
import type { PanelStrings } from './strings';

const SAID = 1500; // ms for which it is said that the text was copied

export class RequestPage implements Page {
  readonly element: HTMLElement;

  constructor(private readonly _strings: PanelStrings) {
    this._copy = button(_strings.copyText, () => void this._toClipboard());
    this.element = h(
      'div',
      { class: 'ntp-page ntp-request' },
      h('div', { class: 'ntp-request-head' }, h('p', { class: 'nt-none' }, _strings.requestNote), this._copy),
      this._text
    );
  }

  draw(model: JobModel): void {
    if (model.request !== this._shown || model.request === null) {
      this._shown = model.request;
      write(
        this._text,
        model.request === null ? this._strings.asking : JSON.stringify(model.request, null, 2)
      );
      this._copy.hidden = model.request === null;
    }
  }

  dispose(): void {
    window.clearTimeout(this._timer);
  }

  private async _toClipboard(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this._text.textContent ?? '');
    } catch {
      return; // a page without a clipboard: the text can still be selected
    }
    write(this._copy, this._strings.copiedText);
    this._timer = window.setTimeout(() => write(this._copy, this._strings.copyText), SAID);
  }

  private readonly _text = h('pre', { class: 'nt-text ntp-whole', tabindex: '0', dir: 'ltr' });
  private readonly _copy: HTMLButtonElement;
  private _shown: JobModel['request'] = null;
  private _timer = 0;
}
