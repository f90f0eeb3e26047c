// What can be done to a process of the line, and when.

import { AppError } from '../../../core/errors.ts';
import type { ProcessState, SupervisedProcess } from '../supervised-process.ts';

const END_LIMIT_MS = 5_000;

interface ProcessAct {
  from: readonly ProcessState[];
  run(process: SupervisedProcess): void;
  /** What was done. */
  words: string;
}

const acts: Readonly<Record<string, ProcessAct>> = {
  kill: {
    from: ['running', 'frozen'],
    run: (process) => process.kill(),
    words: 'was killed',
  },
  freeze: { from: ['running'], run: (process) => process.freeze(), words: 'is frozen' },
  thaw: { from: ['frozen'], run: (process) => process.thaw(), words: 'goes on' },
  restart: {
    from: ['running', 'frozen', 'waiting'],
    run: (process) => process.end('start', END_LIMIT_MS),
    words: 'is started again',
  },
  hold: {
    from: ['running', 'frozen', 'waiting'],
    run: (process) => process.end('hold', END_LIMIT_MS),
    words: 'is stopped',
  },
  start: { from: ['held', 'given-up'], run: (process) => process.begin(), words: 'is started' },
};

/** Gives in words what was done; throws AppError where it can't be. */
export function actOnProcess(process: SupervisedProcess, what: string): string {
  const { name } = process.spec;
  const act = Object.hasOwn(acts, what) ? acts[what] : undefined;
  if (!act?.from.includes(process.state)) {
    throw new AppError('not_now', `${name} is ${process.state}: no ${what}`);
  }
  act.run(process);
  return `${name} ${act.words}`;
}
