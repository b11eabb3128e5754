/** What the pages of a job's detail have in common. */

import type { JobModel } from '../model/job';

/** One page of a job's detail. It draws only while it is the one that is shown. */
export interface Page {
  readonly element: HTMLElement;
  /** Show the job as it is now. */
  draw(model: JobModel): void;
  /** The page is shown from now on, or is hidden. */
  shown?(shown: boolean): void;
  dispose?(): void;
}
