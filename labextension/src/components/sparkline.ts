/** A small curve of the newest values; the words beside it say what it shows. */

import { h, s, write } from '../view/dom';

const POINTS = 60;
const [WIDTH, HEIGHT] = [120, 28];

export class Sparkline {
  readonly element = s('svg', {
    ...{ class: 'ntp-spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' },
    ...{ 'aria-hidden': 'true', focusable: 'false' }
  });

  constructor() {
    this.element.append(this._area, this._line);
  }

  /** Add a share, 0 … 1, which is the newest value. */
  add(share: number): void {
    this._shares.push(Math.min(1, Math.max(0, share)));
    if (this._shares.length > POINTS) {
      this._shares.shift();
    }
    const step = WIDTH / (POINTS - 1);
    const first = WIDTH - step * (this._shares.length - 1);
    const points = this._shares.map((value, place) => {
      const y = HEIGHT - 1 - value * (HEIGHT - 2);
      return `${(first + step * place).toFixed(1)} ${y.toFixed(1)}`;
    });
    const line = `M${points.join('L')}`;
    this._line.setAttribute('d', line);
    this._area.setAttribute('d', `${line}V${HEIGHT}H${first.toFixed(1)}Z`);
  }

  /** The shares that are drawn, the oldest first. */
  get shares(): readonly number[] {
    return this._shares;
  }

  private readonly _line = s('path', { class: 'ntp-spark-line' });
  private readonly _area = s('path', { class: 'ntp-spark-area' });
  private readonly _shares: number[] = [];
}

/** A named figure with the curve of its last values. */
export class Gauge {
  readonly element: HTMLElement;

  constructor(name: string) {
    this.element = h(
      'div',
      { class: 'ntp-gauge' },
      h('div', { class: 'ntp-gauge-words' }, h('dt', { title: name }, name), this._value),
      this._spark.element
    );
  }

  /** Show a value: its share of the whole, and its words. */
  show(share: number, words: string): void {
    this._spark.add(share);
    write(this._value, words);
  }

  private readonly _value = h('dd');
  private readonly _spark = new Sparkline();
}
