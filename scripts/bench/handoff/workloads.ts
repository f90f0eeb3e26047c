// What is shipped: few large files, some of a middle size, many small ones in ten directories.

import { randomFillSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Workload {
  name: string;
  files: number;
  size_bytes: number;
  measure: 'MB/s' | 'files/s';
  /** Share of rsync's speed that the manager should reach. */
  aim?: number;
}

const MIB = 2 ** 20;
const DIRECTORIES = 10;

const workloads: Record<string, Workload> = {
  large: { name: '20 × 50 MiB', files: 20, size_bytes: 50 * MIB, measure: 'MB/s', aim: 0.8 },
  medium: { name: '200 × 1 MiB', files: 200, size_bytes: MIB, measure: 'MB/s' },
  small: {
    name: '2000 × 10 KiB',
    files: 2000,
    size_bytes: 10 * 1024,
    measure: 'files/s',
    aim: 0.5,
  },
};

/** `large,small`; all where nothing is given. */
export function selectWorkloads(names: string | undefined): Workload[] {
  if (!names) return Object.values(workloads);
  return names.split(',').flatMap((name) => workloads[name] ?? []);
}

export function writeWorkload({ files, size_bytes }: Workload, directory: string): void {
  const content = Buffer.alloc(size_bytes);
  for (let index = 0; index < files; index++) {
    const place = join(directory, `d${index % DIRECTORIES}`);
    mkdirSync(place, { recursive: true });
    randomFillSync(content);
    writeFileSync(join(place, `f${index}.fits`), content);
  }
}
