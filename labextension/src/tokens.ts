/** What the plugins of this extension give each other, and what other extensions may use of it. */

import { Token } from '@lumino/coreutils';

import type { Server } from './api/server';
import type { ISocket } from './api/socket';
import type { Acts } from './model/acts';
import type { Roster } from './model/roster';

/** The way to the server: its routes, and the one socket of a page. */
export interface INodetoolServer {
  readonly api: Server;
  readonly socket: ISocket;
}

export const INodetoolServer = new Token<INodetoolServer>(
  'nodetool-jupyter:INodetoolServer',
  'The routes and the socket of the NodeTool server extension.'
);

/** The parts of a job's detail. */
export type Tab = 'graph' | 'log' | 'outputs' | 'timing' | 'error' | 'request';

/** Every job of the user, what can be done with it, and the places that show it. */
export interface INodetool extends INodetoolServer {
  /** The jobs, newest first. They are followed only while somebody holds what `roster.watch()` gave. */
  readonly roster: Roster;
  /** Cancel, retry, delete, copy the id, open the notebook: they say to the user how it went. */
  readonly acts: Acts;
  /** Show a job: in the side bar, or in a tab of the main area. */
  open(job: string, where?: 'panel' | 'main', tab?: Tab): void;
  /** Show the panel with its list. */
  show(): void;
}

export const INodetool = new Token<INodetool>(
  'nodetool-jupyter:INodetool',
  'The NodeTool jobs of the user, and the panel that shows them.'
);
