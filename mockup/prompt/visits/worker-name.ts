// How a worker is called in the records of its visits, by itself and by who started it.

import { hostname } from 'node:os';

export function workerName(instance: string, pid: number): string {
  return `${hostname()}.${instance}.${pid}`;
}
