/** What the machine does, from the topic `resources`, as figures to draw. */

import type { ResourcesMessage } from '../api/types';

/** One figure: what it is of, the share of the whole, and the two numbers. */
export interface Figure {
  key: string;
  kind: 'cpu' | 'memory' | 'gpu' | 'gpu-memory';
  /** Of a GPU its number and name. */
  index: number;
  name: string;
  share: number;
  used: number;
  all: number;
}

/** Return the figures of a message that are known, in the order in which they are shown. */
export function figures({ cpu, memory, gpus }: ResourcesMessage): Figure[] {
  const made: Figure[] = [];
  const add = (key: string, kind: Figure['kind'], used: unknown, all: unknown, index = 0, name = '') => {
    if (typeof used === 'number' && typeof all === 'number' && all > 0) {
      made.push({ key, kind, index, name, used, all, share: used / all });
    }
  };
  add('cpu', 'cpu', cpu?.used, cpu?.all);
  add('memory', 'memory', memory?.used, memory?.all);
  for (const gpu of gpus ?? []) {
    add(`gpu ${gpu.index}`, 'gpu', gpu.used, 1, gpu.index, gpu.name);
    add(`gpu ${gpu.index} memory`, 'gpu-memory', gpu.memory_used, gpu.memory_all, gpu.index, gpu.name);
  }
  return made;
}
