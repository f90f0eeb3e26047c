// The directory on a host in which the Python actors are started: the files of the checkout, and in
// the places of the two programs that are run by others whichever the mixture wants.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownCommand } from '../../mockup/cli/own-command.ts';
import { quoteForShell } from '../../mockup/platform/process/shell-quoting.ts';

const OURS_INSTEAD = ['pipeline', 'pipeline-driver'] as const;
const SEED = '1';

export interface OriginalFiles {
  /** Where they are started. */
  directory: string;
  /** What they need beside the variables of the host. */
  env: Record<string, string>;
  /** Starts the Python driver from anywhere. */
  driver: string;
  /** The Python pipeline. */
  pipeline: string;
}

export interface OriginalFilesOptions {
  originals: string;
  python: string;
  /** Made here. */
  directory: string;
  pace: number;
  isPython(program: (typeof OURS_INSTEAD)[number]): boolean;
}

export function placeOriginals(options: OriginalFilesOptions): OriginalFiles {
  const directory = join(options.directory, 'workflow-db-mock');
  const bin = join(options.directory, 'bin');
  mkdirSync(directory, { recursive: true });
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(options.originals, 'shared'), join(options.directory, 'shared'));
  symlinkSync(options.python, join(bin, 'python3'));
  const source = join(options.originals, 'workflow-db-mock');
  for (const name of readdirSync(source)) {
    const ours = OURS_INSTEAD.find((program) => name === `${program}.py`);
    if (ours === undefined || options.isPython(ours)) {
      symlinkSync(join(source, name), join(directory, name));
      continue;
    }
    const { file, args } = ownCommand(ours);
    const words = [file, ...args].map(quoteForShell).join(' ');
    writeScript(join(directory, name), `exec ${words} "$@"`);
  }
  const driver = join(bin, 'original-driver');
  writeScript(driver, `cd ${quoteForShell(directory)} && exec ./pipeline-driver.py "$@"`);
  return {
    directory,
    driver,
    pipeline: join(directory, 'pipeline.py'),
    env: {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      PYTHONPATH: join(dirname(fileURLToPath(import.meta.url)), 'python'),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      NO_PROXY: '*',
      MIXED_SEED: SEED,
      MIXED_PACE: String(options.pace),
    },
  };
}

/** What this machine lacks for them, one line each. */
export function missingForOriginals({ originals, python }: { originals: string; python: string }) {
  const missing: string[] = [];
  try {
    readdirSync(join(originals, 'workflow-db-mock'));
    readdirSync(join(originals, 'shared'));
  } catch (error) {
    missing.push(`no checkout of the Python mockup: ${(error as Error).message}`);
  }
  try {
    execFileSync(python, ['-c', 'import requests'], { stdio: 'pipe' });
  } catch {
    missing.push(`${python} has no package requests: apt-get install python3-requests`);
  }
  for (const name of ['zip', 'unzip']) {
    try {
      execFileSync(name, ['-v'], { stdio: 'pipe' });
    } catch {
      missing.push(`${name} is missing: apt-get install ${name}`);
    }
  }
  return missing;
}

function writeScript(path: string, line: string): void {
  writeFileSync(path, `#!/usr/bin/env bash\n${line}\n`);
  chmodSync(path, 0o755);
}
