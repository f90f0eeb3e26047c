// Where the processes that share a database of their own find the one that serves it: a small file in
// its directory, readable by its owner alone.

import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const address = z.strictObject({
  pid: z.int(),
  /** As `machineIdentity`: another machine's or container's loopback is not ours. */
  machine: z.string(),
  port: z.int(),
  user: z.string(),
  password: z.string(),
  /** Where users say that they are there. */
  control: z.int(),
  token: z.string(),
});

export type OwnAddress = z.output<typeof address>;

const NAME = 'serving.json';

/** Undefined where nobody serves, as far as is known. */
export function readMeetingPlace(directory: string): OwnAddress | undefined {
  try {
    const text = readFileSync(join(directory, NAME), 'utf8');
    return address.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** False where there is no room: then only whoever started the server can use it. */
export function writeMeetingPlace(directory: string, content: OwnAddress): boolean {
  const path = join(directory, NAME);
  try {
    rmSync(`${path}.new`, { force: true });
    writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(`${path}.new`, path);
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
}

export function clearMeetingPlace(directory: string): void {
  rmSync(join(directory, NAME), { force: true });
}

/** With user and password. */
export function urlOfOwn({ port, user, password }: OwnAddress): string {
  return `http://${user}:${password}@127.0.0.1:${port}`;
}
