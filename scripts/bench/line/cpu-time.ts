// How much processor time a process and all that it started have used (Linux).

import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface ProcessUsage {
  pid: number;
  command: string;
  cpu_s: number;
  /** In memory now. */
  memory_bytes: number;
}

/** Seconds of processor time, user and system, of the process and its descendants that live. */
export function cpuSeconds(root: number): number {
  return descendants(root).reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND;
}

/** The same of each of them, with what it is and its memory. */
export function processesOf(root: number): ProcessUsage[] {
  return descendants(root).flatMap(({ pid, ticks, waited }) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
      const cpu_s = (ticks + waited) / TICKS_PER_SECOND;
      return [{ pid, command, cpu_s, memory_bytes: pages * PAGE_BYTES }];
    } catch {
      return [];
    }
  });
}

function descendants(root: number) {
  const processes = readProcesses();
  const wanted = new Set([root]);
  // Parents have mostly lower ids than their children; repeated until nothing is added.
  for (let size = 0; size !== wanted.size; ) {
    size = wanted.size;
    for (const { pid, parent } of processes) if (wanted.has(parent)) wanted.add(pid);
  }
  return processes.filter(({ pid }) => wanted.has(pid));
}

function readProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name in brackets may hold anything; what follows is numbers.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const ticks = Number(fields[11]) + Number(fields[12]);
        // Of children that have ended, such as the driver of a job.
        const waited = Number(fields[13]) + Number(fields[14]);
        return [{ pid: Number(name), parent: Number(fields[1]), ticks, waited }];
      } catch {
        return [];
      }
    });
}
