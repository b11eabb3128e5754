/**
 * The view state as the kernel sends it: a snapshot, and merge patches of it.
 * Its promise is docs/reference/view-state.md. Everything in it is data and shown as text.
 *
 * A snapshot may come out of a notebook that anybody wrote, so no field is trusted to be there or of its type: read
 * them with the functions of read.ts.
 */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export const SNAPSHOT_VERSION = 1;

/** A box of the graph, in px. */
export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** One message of the kernel about a job. */
export type ViewMessage =
  | { type: 'snapshot'; job: string; state: JsonObject }
  | { type: 'patch'; job: string; n: number; patch: JsonObject }
  | { type: 'detail'; job: string; node: string; detail: JsonObject }
  | { type: 'gone'; job: string; message?: string };

/** What a person can ask for. */
export type RequestKind = 'cancel' | 'retry';

export interface Answer {
  ok: boolean;
  job?: string;
  message?: string;
}

/** How a view reaches the kernel; without one it is a static picture. */
export interface Link {
  /** Ask for an act; the answer says whether it was taken. */
  request(kind: RequestKind, job: string): Promise<Answer>;
  /** Ask for what is in a node; the answer comes as a `detail` message. */
  detail(job: string, node: string): void;
}

/** Whether what is shown follows the job, waits for the kernel's answer, or is the last that is known. */
export type Connection = 'live' | 'waiting' | 'static';
