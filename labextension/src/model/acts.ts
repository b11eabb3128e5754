/** What a person can do with a job, in the one place that the panel and the commands share. */

import type { JobRecord } from '../api/types';

/** Acts on one job. Each tells the user what went wrong, and never rejects. */
export interface Acts {
  /** Cancel a job that has not ended. */
  cancel(job: string): Promise<void>;
  /** Run a job once more; the id of the new one, or null where it could not be started. */
  retry(job: string): Promise<string | null>;
  /** Delete a job that has ended, after asking once; whether it is gone. */
  remove(job: string): Promise<boolean>;
  /** Copy a job's id to the clipboard. */
  copyId(job: string): Promise<void>;
  /** Open the notebook that submitted a job. */
  openNotebook(record: JobRecord): Promise<void>;
}
