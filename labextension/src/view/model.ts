/** The state that a view draws, and which of its parts changed since the last frame. */

import { copiedObject, merge } from './merge';
import { isObject, number, object, text } from './read';
import type { JsonObject } from './types';
import { TERMINAL } from './wording';

/** What has to be drawn again; `all` means everything. */
export class Touched {
  all = false;
  job = false;
  outputs = false;
  log = false;
  readonly nodes = new Set<string>();
  readonly edges = new Set<string>();
  readonly details = new Set<string>();

  /** Forget what was drawn; nodes and edges are taken out by who draws them. */
  clear(): void {
    this.all = this.job = this.outputs = this.log = false;
    this.details.clear();
  }
}

/** A snapshot, kept current by patches that must come without a hole. */
export class Model {
  readonly touched = new Touched();

  constructor(snapshot: JsonObject) {
    this.snapshot(snapshot);
  }

  /** Replace the whole state by that after patch number `after`. */
  snapshot(snapshot: JsonObject, after = 0): void {
    const graph = JSON.stringify(snapshot.graph ?? null);
    this.touched.all ||= graph !== this._graph || this.id !== text(object(snapshot.job).id);
    const before = this._state;
    this._state = copiedObject(snapshot);
    this._graph = graph;
    this._next = after + 1;
    this._received = performance.now();
    this._touch(before);
    this._touch(this._state);
    this.touched.job = true;
  }

  /** Apply patch number `n`; false if it is not the next one, and then a new snapshot must be asked for. */
  patch(n: number, patch: JsonObject): boolean {
    if (n !== this._next) {
      return false;
    }
    this._next += 1;
    this._received = performance.now();
    merge(this._state, patch);
    if (patch.graph !== undefined) {
      this.touched.all = true;
      this._graph = '';
    }
    this._touch(patch);
    return true;
  }

  /** Keep what is known of a node's values. */
  detail(node: string, detail: JsonObject): void {
    this._details.set(node, copiedObject(detail));
    this.touched.details.add(node);
  }

  /** What is known of a node's values: from the kernel, else from the snapshot. */
  detailOf(node: string): JsonObject | null {
    const stored = object(this._state.details)[node];
    return this._details.get(node) ?? (isObject(stored) ? stored : null);
  }

  /** The whole state as it is now. */
  get whole(): JsonObject {
    return this._state;
  }

  part(name: string): JsonObject {
    return object(this._state[name]);
  }

  get job(): JsonObject {
    return this.part('job');
  }

  get id(): string {
    return text(this.job.id);
  }

  get status(): string {
    return text(this.job.status);
  }

  get ended(): boolean {
    return TERMINAL.has(this.status);
  }

  node(id: string): JsonObject {
    return object(this.part('nodes')[id]);
  }

  nodeStatus(id: string): string {
    return text(this.node(id).status) || 'waiting';
  }

  nodeName(id: string): string {
    return text(object(object(this.part('graph').nodes)[id]).name) || id;
  }

  /** Seconds since the epoch of the last event. */
  get at(): number | null {
    return number(this._state.at);
  }

  /** The job's own time now: that of its last event, and what passed here since it came. */
  now(live: boolean): number | null {
    const at = this.at;
    return at === null ? null : at + (live ? (performance.now() - this._received) / 1000 : 0);
  }

  /** Seconds from a start to its end, or to now while it runs. */
  span(started: number | null, ended: number | null, live: boolean): number | null {
    const end = ended ?? this.now(live);
    return started === null || end === null ? null : Math.max(0, end - started);
  }

  private _touch(patch: JsonObject): void {
    const { touched } = this;
    touched.job ||= patch.job !== undefined || patch.at !== undefined;
    touched.outputs ||= patch.outputs !== undefined;
    touched.log ||= patch.log !== undefined;
    for (const name of ['nodes', 'edges', 'details'] as const) {
      for (const key of Object.keys(object(patch[name]))) {
        touched[name].add(key);
      }
    }
    if (patch.nodes === null || patch.edges === null) {
      touched.all = true;
    }
  }

  private _state: JsonObject = Object.create(null) as JsonObject;
  private _graph = '';
  private _next = 1;
  private _received = 0;
  private readonly _details = new Map<string, JsonObject>();
}
