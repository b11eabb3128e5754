/** The server's routes, as typed calls. Identity and XSRF are JupyterLab's own. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { isObject, text } from '../view/read';
import type { Json, JsonObject } from '../view/types';
import type { JobDetail, JobPage, JobRecord, JobStatus, LogPage, Worker } from './types';

/** Below the server's base URL. */
export const API = 'nodetool/api';

/** What the server answers that is no success; `status` is 0 where it did not answer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = ''
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface JobsQuery {
  status?: JobStatus[];
  q?: string;
  strategy?: string;
  sort?: '-submitted' | 'submitted' | '-ended' | 'ended' | 'name';
  limit?: number;
  after?: string;
}

export interface LogQuery {
  after?: number;
  limit?: number;
  severity?: string;
  node?: string;
}

type Query = Record<string, string | number | undefined>;

/** Every call rejects with an {@link ApiError} where it fails. */
export class Server {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  jobs(query: JobsQuery = {}): Promise<JobPage> {
    const status = query.status?.join(',');
    return this._ask('GET', 'jobs', { ...query, status }) as Promise<unknown> as Promise<JobPage>;
  }

  job(id: string): Promise<JobDetail> {
    return this._ask('GET', job(id)) as Promise<unknown> as Promise<JobDetail>;
  }

  /** Submit what docs/reference/openapi.yaml calls a RunJobRequest; one key never starts two jobs. */
  async submit(request: JsonObject, key?: string): Promise<{ id: string; status: JobStatus }> {
    const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
    return (await this._ask('POST', 'jobs', {}, request, headers)) as { id: string; status: JobStatus };
  }

  async remove(id: string): Promise<void> {
    await this._ask('DELETE', job(id));
  }

  /** Ask for an end; false where the job has ended already. */
  async cancel(id: string): Promise<boolean> {
    return (await this._ask('POST', `${job(id)}/cancel`)).cancelled === true;
  }

  /** Run a job once more; returns the new one's id. */
  async retry(id: string): Promise<string> {
    return text((await this._ask('POST', `${job(id)}/retry`)).id);
  }

  logs(id: string, query: LogQuery = {}): Promise<LogPage> {
    return this._ask('GET', `${job(id)}/logs`, { ...query }) as Promise<unknown> as Promise<LogPage>;
  }

  /** What is in a node, as a view's panel shows it. */
  node(id: string, node: string): Promise<JsonObject> {
    return this._ask('GET', `${job(id)}/nodes/${encodeURIComponent(node)}`);
  }

  /** A job's outputs by name: values at a glance, with `ref` where the whole one is stored. */
  async outputs(id: string): Promise<JsonObject> {
    const { outputs } = await this._ask('GET', `${job(id)}/outputs`);
    return isObject(outputs) ? outputs : {};
  }

  /** The address of a stored value, for links and pictures. */
  valueUrl(id: string, ref: string): string {
    return this._url(`${job(id)}/values/${encodeURIComponent(ref)}`);
  }

  async workers(): Promise<Worker[]> {
    return ((await this._ask('GET', 'workers')) as unknown as { workers: Worker[] }).workers;
  }

  /** Ask any other route below {@link API}; returns the body, `{}` where there is none. */
  ask(method: string, path: string, query: Query = {}, body?: Json): Promise<JsonObject> {
    return this._ask(method, path, query, body);
  }

  private _url(path: string, query: Query = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
    const words = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return URLExt.join(this.settings.baseUrl, API, path) + (words ? `?${words}` : '');
  }

  private async _ask(
    method: string,
    path: string,
    query: Query = {},
    body?: Json,
    headers: Record<string, string> = {}
  ): Promise<JsonObject> {
    // JupyterLab would add the time to the address; the server says itself that nothing is to be kept.
    const init: RequestInit = { method, headers, cache: 'default' };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...headers, 'Content-Type': 'application/json' };
    }
    let answer: Response;
    try {
      answer = await ServerConnection.makeRequest(this._url(path, query), init, this.settings);
    } catch (error) {
      throw new ApiError(0, 'unreachable', error instanceof Error ? error.message : String(error));
    }
    const said = await read(answer);
    if (!answer.ok) {
      const message = text(said.message) || answer.statusText || String(answer.status);
      throw new ApiError(answer.status, text(said.code) || 'unknown', message, text(said.hint));
    }
    return said;
  }
}

const job = (id: string) => `jobs/${encodeURIComponent(id)}`;

/** Read a body that should be an object; one that is none says nothing. */
async function read(answer: Response): Promise<JsonObject> {
  try {
    const said = (await answer.json()) as unknown;
    return isObject(said) ? said : {};
  } catch {
    return {};
  }
}

export type { JobDetail, JobPage, JobRecord, JobStatus, LogPage, Worker };
