/** The newest lines of a job's log, read on from where they end whenever the job says that there are more. */

import { Signal } from '@lumino/signaling';

import type { Server } from '../api/server';
import type { LogLine } from '../api/types';

const PAGE = 1000; // lines of one question
export const KEPT = 5000; // lines that are kept; the oldest go
const APART = 300; // ms between two questions

export class Lines {
  constructor(
    readonly job: string,
    private readonly _server: Pick<Server, 'logs'>
  ) {}

  readonly changed = new Signal<this, void>(this);
  lines: LogLine[] = [];

  /** Whether lines before the first were let go. */
  cut = false;

  /** Whether anything has been heard. */
  heard = false;

  /** Why the lines cannot be read, in words. */
  problem = '';

  /** Read on: there may be more lines. */
  more(): void {
    this._wanted = true;
    if (!this._busy && !this._timer && !this._over && !this._disposed) {
      void this._read();
    }
  }

  dispose(): void {
    this._disposed = true;
    window.clearTimeout(this._timer);
  }

  private async _read(): Promise<void> {
    this._busy = true;
    this._wanted = false;
    try {
      // A page may have few lines though more follow, but never none of the log where there is more of it.
      for (let before = -1; this._after > before && !this._over;) {
        before = this._after;
        const { lines, next, end } = await this._server.logs(this.job, { after: before, limit: PAGE });
        if (this._disposed) {
          return;
        }
        this._keep(lines);
        this._after = next;
        this._over = end;
      }
      this.problem = '';
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.heard = true;
    this._busy = false;
    this.changed.emit();
    this._timer = window.setTimeout(() => {
      this._timer = 0;
      if (this._wanted) {
        this.more();
      }
    }, APART);
  }

  private _keep(lines: readonly LogLine[]): void {
    this.lines.push(...lines);
    if (this.lines.length > KEPT) {
      this.lines.splice(0, this.lines.length - KEPT);
      this.cut = true;
    }
  }

  private _after = 0;
  private _over = false; // the job has ended, and all its lines are known
  private _wanted = false;
  private _busy = false;
  private _timer = 0;
  private _disposed = false;
}
