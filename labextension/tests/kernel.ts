/** A kernel as the plugin sees it, that answers as a test says. */

import { Signal } from '@lumino/signaling';

import { Jobs } from '../src/jobs';
import type { Session } from '../src/jobs';
import type { ServerSource } from '../src/server-source';
import type { JsonObject } from '../src/view/types';
import { diamond } from './page';

type Content = Record<string, unknown>;

interface Sent {
  header: { msg_type: string };
  content: Content;
}

/** What a page does with a kernel connection, no more. */
export class FakeKernel {
  handleComms = true;
  readonly username = 'u';
  readonly clientId = 'c';
  readonly info = Promise.resolve({});
  readonly supportsSubshells = false;
  connectionStatus = 'connected';
  status = 'idle';
  isDisposed = false;
  iopubMessage = new Signal<this, unknown>(this);
  statusChanged = new Signal<this, string>(this);
  connectionStatusChanged = new Signal<this, string>(this);
  disposed = new Signal<this, void>(this);

  /** What was asked on the control channel, and by comms. */
  readonly asked: Content[] = [];
  readonly opened: string[] = [];
  readonly byComm: Content[] = [];
  /** Whether it has said hello, and reads its control channel. */
  greets = true;
  reads = true;

  constructor(readonly id = 'kernel-1') {}

  registerCommTarget(_name: string, greeted: (comm: object) => void): void {
    this._greeted = greeted;
  }
  removeCommTarget(): void {
    this._greeted = () => undefined;
  }
  requestCommInfo(): Promise<object> {
    return Promise.resolve({ content: { status: 'ok', comms: this.greets ? { x: {} } : {} } });
  }
  sendControlMessage({ content }: Sent): object {
    this.asked.push(content);
    const future = {
      onReply: (_: object) => undefined as void,
      done: Promise.resolve(),
      dispose: () => undefined
    };
    if (this.reads) {
      void Promise.resolve().then(() => future.onReply({ content: { status: 'ok', ok: true } }));
    }
    return future;
  }
  createComm(target: string): object {
    return {
      open: () => this.opened.push(target),
      send: (content: Content) => this.byComm.push(content),
      dispose: () => undefined
    };
  }

  greet(): void {
    this._greeted({ dispose: () => undefined });
  }
  tell(data: JsonObject): void {
    const header = { msg_type: 'comm_msg' };
    this.iopubMessage.emit({ header, channel: 'iopub', content: { comm_id: 'nodetool.views', data } });
  }
  become(status: string): void {
    this.status = status;
    this.statusChanged.emit(status);
  }
  connect(status: string): void {
    this.connectionStatus = status;
    this.connectionStatusChanged.emit(status);
  }
  types(): unknown[] {
    return this.asked.map(({ type }) => type);
  }

  private _greeted: (comm: object) => void = () => undefined;
}

export function session(kernel: FakeKernel | null): Session & { change(to: FakeKernel | null): void } {
  const found = {
    session: { kernel },
    isDisposed: false,
    change(to: FakeKernel | null) {
      found.session = { kernel: to };
      changed.emit(undefined);
    }
  };
  const changed = new Signal<object, unknown>(found);
  return Object.assign(found, { kernelChanged: changed, disposed: new Signal(found) }) as never;
}

/** Jobs that listen to a kernel, after everything that can happen at once has happened. */
export async function listening(kernel: FakeKernel | null, server: ServerSource | null = null) {
  const jobs = new Jobs(server);
  const context = session(kernel);
  jobs.adopt(context);
  await settled();
  return { jobs, context };
}

export function settled(): Promise<void> {
  return new Promise(setImmediate);
}

export const snapshot = (job: JsonObject = {}): JsonObject => ({
  type: 'snapshot',
  job: 'k7f3m2qa',
  state: diamond(job)
});
