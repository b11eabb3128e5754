/** What can be done with a job, by the server's routes; JupyterLab's own dialogs and notifications say how it went. */

import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';

import type { Server } from '../api/server';
import type { JobRecord } from '../api/types';
import type { Acts } from '../model/acts';
import type { Roster } from '../model/roster';
import { plain } from '../view/wording';
import { jobName } from './row';
import type { PanelStrings } from './strings';

const BRIEF = 3000; // ms that a word is shown which asks for nothing

export class ServerActs implements Acts {
  constructor(
    private readonly _server: Pick<Server, 'cancel' | 'retry' | 'remove'>,
    private readonly _roster: Pick<Roster, 'get'>,
    private readonly _strings: PanelStrings,
    private readonly _openFile: (path: string) => Promise<unknown>
  ) {}

  async cancel(job: string): Promise<void> {
    const words = this._strings;
    try {
      if (!(await this._server.cancel(job))) {
        Notification.info(words.ended, { autoClose: BRIEF });
      }
    } catch (error) {
      complain(words.cancelFailed, error);
    }
  }

  async retry(job: string): Promise<string | null> {
    const words = this._strings;
    try {
      const next = await this._server.retry(job);
      Notification.info(words.retried(this._name(job)), { autoClose: BRIEF });
      return next;
    } catch (error) {
      complain(words.retryFailed, error);
      return null;
    }
  }

  async remove(job: string): Promise<boolean> {
    const words = this._strings;
    const { button } = await showDialog({
      title: words.removeAsk(this._name(job)),
      body: words.removeText,
      buttons: [Dialog.cancelButton({ label: words.keep }), Dialog.warnButton({ label: words.remove })],
      defaultButton: 0
    });
    if (!button.accept) {
      return false;
    }
    try {
      await this._server.remove(job);
      return true;
    } catch (error) {
      complain(words.removeFailed, error);
      return false;
    }
  }

  async copyId(job: string): Promise<void> {
    const words = this._strings;
    try {
      await navigator.clipboard.writeText(job);
      Notification.info(words.copied, { autoClose: BRIEF });
    } catch {
      Notification.info(words.notCopied(job));
    }
  }

  async openNotebook({ notebook }: JobRecord): Promise<void> {
    if (!notebook) {
      return;
    }
    try {
      await this._openFile(notebook);
    } catch (error) {
      complain(this._strings.notebookFailed, error);
    }
  }

  private _name(job: string): string {
    const record = this._roster.get(job);
    return record ? plain(jobName(record, this._strings)) : job;
  }
}

/** Say that something failed, and why; JupyterLab shows it as text. */
function complain(what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  Notification.error(plain(`${what}: ${why}`));
}
