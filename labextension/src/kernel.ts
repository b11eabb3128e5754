/** How a page speaks with one kernel. */

import type { Kernel } from '@jupyterlab/services';
import { KernelMessage } from '@jupyterlab/services';

import { Comms } from './comms';
import { inTime } from './patience';
import type { Acquaintance, Source } from './source';
import { isObject } from './view/read';
import type { Answer, JsonObject, RequestKind } from './view/types';

const HELLO = 'nodetool.hello';
const VIEWS = 'nodetool.views'; // the id under which a kernel tells all pages what happens

/** The type of our messages on the control channel. */
export const REQUEST = 'nodetool_request';

const POLITE = 300; // ms in which an idle kernel says whether it knows us
const FIRST = 4000; // ms that a kernel may take for its first answer, for which it has to import things
const BUSY = 60_000; // ms that a machine may take whose kernel is too busy to say hello

/**
 * Speaks with a kernel for as long as the page is connected to it.
 *
 * Requests go by the control channel, which every version of ipykernel reads while a cell runs; a kernel that leaves
 * it unread is spoken to by comms. What the kernel tells is heard on IOPub, which reaches every page.
 */
export class KernelLink implements Source {
  constructor(
    readonly kernel: Kernel.IKernelConnection,
    private readonly _page: string,
    private readonly _hear: (message: JsonObject) => void,
    private readonly _changed: () => void
  ) {}

  /** Begin to listen. */
  begin(): void {
    const { kernel } = this;
    kernel.registerCommTarget(HELLO, this._greeted);
    kernel.iopubMessage.connect(this._onMessage);
    kernel.statusChanged.connect(this._onStatus);
    kernel.connectionStatusChanged.connect(this._onConnection);
    kernel.disposed.connect(this.dispose, this);
    if (kernel.connectionStatus === 'connected') {
      void this._ask();
    }
  }

  /** A kernel that answers us is taken to know every job; of one that it does not know it says so. */
  acquaintance(): Acquaintance {
    return this._acquaintance;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  request(type: RequestKind, job: string): Promise<Answer> {
    return this._send({ type, job });
  }

  async follow(job: string): Promise<void> {
    await this._send({ type: 'follow', job });
  }

  leave(job: string): void {
    if (this._acquaintance === 'met') {
      void this._send({ type: 'unfollow', job }).catch(() => undefined); // it may end meanwhile
    }
  }

  async detail(job: string, node: string): Promise<void> {
    await this._send({ type: 'detail', job, node });
  }

  /** Greet a kernel that may know us, if it is too busy to say so. */
  knock(): void {
    this._knocking ||= window.setTimeout(() => {
      this._knocking = 0;
      if (this._acquaintance === 'asked') {
        void this._connect(false);
      }
    }, POLITE);
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._knocking);
    this._acquaintance = 'stranger';
    this._comms?.dispose();
    if (!this.kernel.isDisposed) {
      this.kernel.iopubMessage.disconnect(this._onMessage);
      this.kernel.statusChanged.disconnect(this._onStatus);
      this.kernel.connectionStatusChanged.disconnect(this._onConnection);
      this.kernel.disposed.disconnect(this.dispose, this);
      this.kernel.removeCommTarget(HELLO, this._greeted);
    }
    this._changed();
  }

  private _send(content: JsonObject): Promise<Answer> {
    const whole = { ...content, page: this._page };
    return this._comms ? this._comms.request(whole) : this._byControl(whole);
  }

  /** Ask whether the kernel said hello before this page was there. */
  private async _ask(): Promise<void> {
    this._become('asked');
    const round = (this._round += 1);
    let known = false;
    try {
      const { content } = await this.kernel.requestCommInfo({ target_name: HELLO });
      known = content.status === 'ok' && Object.keys(content.comms).length > 0;
    } catch {
      // It died or restarted meanwhile, and is asked again when it is there.
    }
    if (round !== this._round || this._disposed || this._acquaintance === 'met') {
      return;
    }
    if (known) {
      await this._connect(true);
    } else {
      this._become('stranger');
    }
  }

  private readonly _greeted = (comm: Kernel.IComm): void => {
    // JupyterLab makes a subshell for every comm that a kernel opens; this one carries nothing.
    void (comm as { subshellStarted?: Promise<void> }).subshellStarted?.then(() => comm.dispose());
    void this._connect(true);
  };

  /** Say that this page is there; `sure` if the kernel is known to be one of ours. */
  private async _connect(sure: boolean): Promise<void> {
    const round = this._round;
    try {
      const answer = await this._byControl({ type: 'connect', page: this._page }, sure ? FIRST : BUSY);
      if (answer.ok) {
        this._comms?.dispose();
        this._comms = null;
        this._become('met', round);
        return;
      }
    } catch {
      // No answer by that road.
    }
    if (sure && round === this._round && !this._disposed && this.kernel.handleComms) {
      this._comms ??= await Comms.open(this.kernel);
      this._become('met', round);
    }
  }

  private _become(acquaintance: Acquaintance, round = this._round): void {
    if (acquaintance !== this._acquaintance && round === this._round && !this._disposed) {
      this._acquaintance = acquaintance;
      this._changed();
    }
  }

  private _byControl(content: JsonObject, patience?: number): Promise<Answer> {
    const message = KernelMessage.createMessage({
      // Jupyter leaves room for messages of one's own; its types name only those of the protocol.
      msgType: REQUEST as 'debug_request',
      channel: 'control',
      username: this.kernel.username,
      session: this.kernel.clientId,
      content: content as unknown as KernelMessage.IDebugRequestMsg['content']
    });
    const future = this.kernel.sendControlMessage(message, true, false);
    future.done.catch(() => undefined); // a kernel that restarts lets go of what it was asked
    const answered = new Promise<Answer>(resolve => {
      future.onReply = reply => resolve(reply.content as unknown as Answer);
    });
    return inTime(answered, patience).finally(() => future.dispose());
  }

  private readonly _onMessage = (_: unknown, message: KernelMessage.IIOPubMessage): void => {
    if (KernelMessage.isCommMsgMsg(message) && message.content.comm_id === VIEWS) {
      const data = message.content.data as unknown;
      if (isObject(data)) {
        this._hear(data);
      }
    }
  };

  private readonly _onStatus = (_: unknown, status: Kernel.Status): void => {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') {
      this._forget();
    }
  };

  private readonly _onConnection = (_: unknown, status: Kernel.ConnectionStatus): void => {
    if (status === 'connected') {
      void this._ask();
    } else {
      this._forget();
    }
  };

  private _forget(): void {
    this._round += 1;
    this._comms?.dispose();
    this._comms = null;
    this._become('stranger');
  }

  private _acquaintance: Acquaintance = 'stranger';
  private _comms: Comms | null = null;
  private _round = 0;
  private _knocking = 0;
  private _disposed = false;
}
