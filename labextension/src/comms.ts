/** The second road to a kernel: two comms, for kernels that do not read requests on their control channel. */

import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import { inTime } from './patience';
import type { Answer, JsonObject } from './view/types';

const CONTROL = 'nodetool.control';
const VIEWS = 'nodetool.views'; // the name of the target and the id of the comm, which all pages share
const WITH_ANSWER = new Set(['cancel', 'retry']);

export class Comms {
  /** Open both comms, over a subshell where the kernel has one, so that they are read while a cell runs. */
  static async open(kernel: Kernel.IKernelConnection): Promise<Comms> {
    const comms = [kernel.createComm(CONTROL), kernel.createComm(VIEWS, VIEWS)] as const;
    await kernel.info;
    if (kernel.supportsSubshells && kernel.commsOverSubshells !== 'disabled') {
      await inTime(
        Promise.all(comms.map(comm => (comm as { subshellStarted?: Promise<void> }).subshellStarted))
      ).catch(() => undefined);
    }
    for (const comm of comms) {
      comm.open();
    }
    return new Comms(...comms);
  }

  private constructor(
    private readonly _control: Kernel.IComm,
    private readonly _views: Kernel.IComm
  ) {
    _control.onMsg = message => {
      const answer = message.content.data as unknown as Answer & { id: number };
      this._waiting.get(answer.id)?.(answer);
    };
  }

  /** Ask for something; rejects if the kernel does not answer in time. */
  request(content: JsonObject): Promise<Answer> {
    if (!WITH_ANSWER.has(content.type as string)) {
      this._views.send(content as JSONObject);
      return Promise.resolve({ ok: true });
    }
    const id = (this._number += 1);
    const answered = new Promise<Answer>(resolve => this._waiting.set(id, resolve));
    this._control.send({ id, ...content } as JSONObject);
    return inTime(answered).finally(() => this._waiting.delete(id));
  }

  dispose(): void {
    // Not closed: the id of the views is every page's.
    this._control.dispose();
    this._views.dispose();
  }

  private readonly _waiting = new Map<number, (answer: Answer) => void>();
  private _number = 0;
}
