/** One job in a tab of the main area. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { JobModel } from '../model/job';
import { plain } from '../view/wording';
import type { Tab } from '../tokens';
import { Detail } from './detail';
import { nodetoolIcon } from './icon';
import { jobName } from './row';
import type { Parts } from './side';

/** Shows one job for as long as its tab is open, and sleeps behind others. */
export class JobContent extends Widget {
  constructor(job: string, parts: Parts, open: (next: string) => void) {
    super();
    this.addClass('nodetool-ui');
    this.addClass('nodetool-panel');
    this.addClass('nodetool-tab');
    this.title.icon = nodetoolIcon;
    this.title.label = job;
    this.title.closable = true;
    this._model = new JobModel(job, parts.api, parts.socket, parts.roster);
    this._model.changed.connect(() => {
      const { record } = this._model;
      this.title.label = record ? plain(jobName(record, parts.strings)) : job;
      this.title.caption = job;
    });
    this.detail = new Detail(this._model, parts.api, parts.acts, parts.strings, {
      left: next => {
        if (next === null) {
          this.parent?.close();
        } else {
          open(next);
        }
      }
    });
    this.node.append(this.detail.element);
  }

  readonly detail: Detail;

  /** The id of the job. */
  get job(): string {
    return this._model.id;
  }

  dispose(): void {
    if (!this.isDisposed) {
      this.detail.dispose();
      super.dispose();
    }
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this._model.follow();
    }
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._model.follow();
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._model.sleep();
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.detail.focus();
  }

  private readonly _model: JobModel;
}

/** Make the tab of a job. */
export function jobTab(
  job: string,
  parts: Parts,
  tab: Tab | undefined,
  open: (next: string) => void
): MainAreaWidget<JobContent> {
  const content = new JobContent(job, parts, open);
  const made = new MainAreaWidget({ content });
  made.id = `nodetool-job-${job}`;
  made.toolbar.hide();
  if (tab !== undefined) {
    content.detail.show(tab);
  }
  return made;
}
