/** What the server says of jobs, nodes and workers, as it says it: docs/reference/openapi.yaml, docs/reference/events-ws.md. */

import type { Json, JsonObject } from '../view/types';

export type JobStatus = 'queued' | 'starting' | 'running' | 'suspended' | 'completed' | 'error' | 'cancelled';

/** One job in a list; times are seconds since the epoch. What is not known is null, or absent. */
export interface JobRecord {
  id: string;
  status: JobStatus;
  name?: string | null;
  strategy?: string;
  reason?: string | null;
  error?: string | null;
  submitted?: number | null;
  started?: number | null;
  ended?: number | null;
  owner?: string | null;
  workflow?: string | null;
  user?: string;
  retry_of?: string | null;
  queue_position?: number | null;
  ownership?: string | null;
  /** The notebook that submitted it: its path from the server's root. */
  notebook?: string | null;
  /** Of unfinished jobs, where known: nodes that have completed, all of them, the part of the whole, seconds left. */
  done?: number | null;
  all?: number | null;
  progress?: number | null;
  left?: number | null;
}

export interface JobPage {
  jobs: JobRecord[];
  next: string | null;
  total: number;
}

export interface JobDetail {
  job: JobRecord;
  /** The folded state, as a view draws it. */
  state: JsonObject;
  request: JsonObject;
  notebook?: string | null;
}

export interface LogLine {
  seq: number;
  time: number;
  node: string | null;
  severity: string;
  text: string;
}

export interface LogPage {
  lines: LogLine[];
  /** The number after which to ask for more. */
  next: number;
  /** Whether the job has ended and this is the last of it. */
  end: boolean;
}

export interface Worker {
  name: string;
  url_host: string;
  state: 'connected' | 'connecting' | 'unreachable' | 'refused';
  version?: string | null;
  protocol?: number | string | null;
  nodes?: number | null;
  gpu?: Json[] | null;
  queue?: number | null;
  error?: string | null;
  checked?: number | null;
}

export interface Gpu {
  index: number;
  name: string;
  /** A share between 0 and 1. */
  used?: number | null;
  /** Bytes. */
  memory_used?: number | null;
  memory_all?: number | null;
}

/** What can be subscribed to on the socket. */
export type Wanted =
  | { topic: 'jobs' }
  | { topic: 'state'; job: string }
  | { topic: 'events'; job: string; after?: number }
  | { topic: 'resources' }
  | { topic: 'workers' };

export interface Problem {
  type: 'error';
  code: string;
  message: string;
  hint?: string;
}

export type JobsMessage =
  | { type: 'jobs'; jobs: JobRecord[]; total: number }
  | { type: 'job'; job: JobRecord }
  | { type: 'changed'; jobs: JobRecord[] }
  | { type: 'removed'; jobs: string[] };

export type StateMessage =
  | { type: 'snapshot'; job: string; state: JsonObject }
  | { type: 'patch'; job: string; n: number; patch: JsonObject }
  | { type: 'gone'; job: string; message?: string }
  | { type: 'end'; job: string };

export type EventsMessage =
  | { type: 'events'; job: string; events: JsonObject[]; last: number }
  | { type: 'gone'; job: string; message?: string }
  | { type: 'end'; job: string };

export interface ResourcesMessage {
  type: 'resources';
  time: number;
  cpu: { used: number; all: number };
  memory: { used: number; all: number };
  gpus: Gpu[];
  /** Whether it is only what this user may use: on a Hub, or in a container. */
  mine: boolean;
}

export interface WorkersMessage {
  type: 'workers';
  workers: Worker[];
}

interface Heard {
  jobs: JobsMessage;
  state: StateMessage;
  events: EventsMessage;
  resources: ResourcesMessage;
  workers: WorkersMessage;
}

/** What is heard on a topic; a problem ends the subscription unless the server may mend it by itself. */
export type MessageOf<W extends Wanted> = Heard[W['topic']] | Problem;
