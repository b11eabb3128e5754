/** A list whose items are drawn by parts that live as long as their item is in it. */

import { place } from '../view/dom';

/** What draws one item. */
export interface Drawn<Item> {
  readonly element: HTMLElement;
  draw(item: Item): void;
}

export class Keyed<Item, Part extends Drawn<Item>> {
  constructor(
    private readonly _host: Element,
    private readonly _key: (item: Item) => string,
    private readonly _make: (item: Item) => Part
  ) {}

  /** Show these items, in this order. */
  draw(items: readonly Item[]): void {
    const kept = new Map<string, Part>();
    for (const item of items) {
      const key = this._key(item);
      const part = this.parts.get(key) ?? this._make(item);
      part.draw(item);
      kept.set(key, part);
    }
    this.parts = kept;
    place(
      this._host,
      [...kept.values()].map(part => part.element)
    );
  }

  /** The parts by key, in their order. */
  parts: ReadonlyMap<string, Part> = new Map<string, Part>();
}
