/** Where what is known of jobs comes from: the server, or a kernel. */

import type { Answer, RequestKind } from './view/types';

/** What is known of a source: that it tells of a job, that it was asked and has not replied, or that it does not know it. */
export type Acquaintance = 'met' | 'asked' | 'stranger';

/** Tells of jobs, as messages to whoever made it. */
export interface Source {
  acquaintance(job: string): Acquaintance;
  /** Ask a source that has not replied, for the sake of a view that waits. */
  knock(view: { readonly job: string; readonly ended: boolean }): void;
  /** Be sent a snapshot of a job, and its patches from then on; rejects where that cannot be. */
  follow(job: string): Promise<void>;
  /** Be sent no more of a job. */
  leave(job: string): void;
  /** Ask for an act; rejects where this source does not know the job, or does not answer. */
  request(kind: RequestKind, job: string): Promise<Answer>;
  /** Be sent what is in a node; rejects as {@link request} does. */
  detail(job: string, node: string): Promise<void>;
}
