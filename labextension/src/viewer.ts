/** The viewer of `*.nodetool.json`: the picture of the workflow, what is the matter with it, and a way to run it. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ToolbarButton } from '@jupyterlab/apputils';
import { ActivityMonitor } from '@jupyterlab/coreutils';
import { ABCWidgetFactory, DocumentWidget } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Widget } from '@lumino/widgets';

import '../style/viewer.css';

import { ApiError } from './api/server';
import type { Server } from './api/server';
import { RUN_FILE } from './commands';
import { stem } from './files';
import { nodetoolIcon } from './panel/icon';
import type { ShellStrings } from './strings';
import { h } from './view/dom';
import { isObject } from './view/read';
import type { Strings } from './view/strings';
import type { Json } from './view/types';
import { WorkflowPicture } from './view/workflow';

export const FILE_TYPE = 'nodetool-workflow';
export const FACTORY = 'nodetool-picture';
const EXTENSION = '.nodetool.json';
const TYPING = 500; // ms without a change after which a file that is edited is looked at again

/** What a viewer is made with. */
export interface Tools {
  app: JupyterFrontEnd;
  server: Server;
  words: ShellStrings;
  view: Strings;
}

/** Make JupyterLab know the file type and its viewer. */
export function addViewer(tools: Tools): void {
  const { app, words } = tools;
  app.docRegistry.addFileType({
    name: FILE_TYPE,
    displayName: words.fileType,
    extensions: [EXTENSION],
    mimeTypes: ['application/json'],
    fileFormat: 'text',
    contentType: 'file',
    icon: nodetoolIcon
  });
  const factory: unknown = new Pictures(
    {
      name: FACTORY,
      label: words.factory,
      modelName: 'text',
      // Of other JSON files nobody knows what they are, so there it is only offered by “Open With”.
      fileTypes: [FILE_TYPE, 'json'],
      defaultFor: [FILE_TYPE],
      readOnly: true
    },
    tools
  );
  // JupyterLab's own base class gives undefined where its interface wants nothing.
  app.docRegistry.addWidgetFactory(factory as DocumentRegistry.WidgetFactory);
}

class Pictures extends ABCWidgetFactory<DocumentWidget<WorkflowFile>, DocumentRegistry.ICodeModel> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<DocumentWidget<WorkflowFile>>,
    private readonly _tools: Tools
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.CodeContext): DocumentWidget<WorkflowFile> {
    const { app, words } = this._tools;
    const content = new WorkflowFile(context, this._tools);
    const widget = new DocumentWidget({ content, context });
    widget.title.icon = nodetoolIcon;
    widget.toolbar.addItem(
      'run',
      new ToolbarButton({
        label: words.runFile,
        tooltip: words.runFile,
        onClick: () => void app.commands.execute(RUN_FILE, { path: context.path })
      })
    );
    widget.toolbar.addItem(
      'again',
      new ToolbarButton({ label: words.again, tooltip: words.again, onClick: () => void content.look() })
    );
    return widget;
  }
}

/** One file as a picture; it is looked at again when it has changed. Nothing of it ever runs here. */
export class WorkflowFile extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.CodeContext,
    private readonly _tools: Tools
  ) {
    super();
    this.addClass('nodetool-file');
    this._picture = new WorkflowPicture(_tools.view, _tools.words);
    this.node.append(this._picture.element);
    this._picture.say(_tools.words.asking);
    void _context.ready.then(() => this._begin());
  }

  /** Ask the server what it makes of the file as it stands; settles when the answer is shown. */
  async look(): Promise<void> {
    const round = (this._round += 1);
    const text = this._context.model.toString();
    let parsed: Json;
    try {
      parsed = JSON.parse(text) as Json;
    } catch (error) {
      this._picture.say(this._tools.words.notJson(error instanceof Error ? error.message : ''));
      return;
    }
    if (!isObject(parsed)) {
      this._picture.say(this._tools.words.noWorkflow);
      return;
    }
    const name = stem(this._context.path.split('/').pop() ?? '');
    try {
      const explained = await this._tools.server.ask('POST', 'explain', {}, { graph: parsed, name });
      if (round === this._round && !this.isDisposed) {
        this._picture.show(explained);
      }
    } catch (error) {
      if (round === this._round && !this.isDisposed) {
        this._fail(error);
      }
    }
  }

  dispose(): void {
    if (!this.isDisposed) {
      this._monitor?.dispose();
      this._picture.dispose();
      super.dispose();
    }
  }

  protected onActivateRequest(): void {
    this.node
      .querySelector<HTMLElement>('.nt-card[tabindex="0"], .nt-button')
      ?.focus({ preventScroll: true });
  }

  private _begin(): void {
    if (this.isDisposed) {
      return;
    }
    this._monitor = new ActivityMonitor({ signal: this._context.model.contentChanged, timeout: TYPING });
    this._monitor.activityStopped.connect(() => void this.look());
    void this.look();
  }

  private _fail(error: unknown): void {
    const { words } = this._tools;
    if (!(error instanceof ApiError)) {
      throw error;
    }
    if (error.code === 'invalid_graph' || error.code === 'invalid_request') {
      // Words of ours with a fault a line.
      this._picture.say(error.message, ...(error.hint ? [h('p', { class: 'nt-plain' }, error.hint)] : []));
      return;
    }
    const again = h('button', { type: 'button', class: 'nt-button' }, words.again);
    again.addEventListener('click', () => void this.look());
    const sentence =
      error.status === 0 ? words.unreachable : error.status === 404 ? words.absent : error.message;
    this._picture.say(sentence, again);
  }

  private readonly _picture: WorkflowPicture;
  private _monitor: ActivityMonitor<DocumentRegistry.ICodeModel, void> | null = null;
  private _round = 0;
}
