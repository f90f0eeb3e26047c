// What every adapter of the Programs port keeps. The adapter knows one program, `probe`, that
// obeys its first argument (`probe.ts` does so as a real process):
//   exit CODE        ends with that code
//   print LINE…      writes each line, ends with 0
//   show-arguments   writes each further argument as one line of JSON
//   show-env NAME    writes the value of that variable
//   make-file NAME   makes that file in its working directory
//   wait             writes `ready`, runs until it gets SIGTERM, then ends with 3
//   hang             writes `ready`, ignores SIGTERM
//   kill-self        ends by SIGKILL

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../../mockup/platform/files/files.ts';
import type { Programs } from '../../../mockup/platform/process/programs.ts';
import { describeExit } from '../../../mockup/platform/process/programs.ts';

export interface ProgramsUnderTest {
  programs: Programs;
  /** Shows the working directories of the programs. */
  files: Files;
  /** An existing, empty directory. */
  root: string;
  /** Resolves when a running probe has written `ready`. */
  ready(): Promise<void>;
  dispose?(): unknown;
}

let made: ProgramsUnderTest;

/** Registers the suite; `makeAdapter` is called before each test. */
export function programsContract(
  name: string,
  makeAdapter: () => ProgramsUnderTest | Promise<ProgramsUnderTest>,
): void {
  describe(`programs: ${name}`, () => {
    beforeEach(async () => {
      made = await makeAdapter();
    });
    afterEach(async () => await made.dispose?.());
    describe('running', running);
    describe('ending', ending);
  });
}

function running(): void {
  it.each([0, 1, 2, 77])('gives the exit code %i', async (code) => {
    const exit = await made.programs.run('probe', ['exit', `${code}`]);
    expect(exit).toEqual({ exitCode: code, signal: null, lastLines: [] });
    expect(describeExit(exit)).toBe(`exit code ${code}`);
  });

  it('gives the signal that ended a program', async () => {
    const exit = await made.programs.run('probe', ['kill-self']);
    expect(exit).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(describeExit(exit)).toBe('signal SIGKILL');
  });

  it('keeps the last lines, a bounded number of them', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const exit = await made.programs.run('probe', ['print', ...lines]);
    expect(exit.lastLines.length).toBeGreaterThanOrEqual(10);
    expect(exit.lastLines).toEqual(lines.slice(-exit.lastLines.length));
    expect(exit.lastLines.length).toBeLessThan(100);
  });

  it('hands arguments over as they are', async () => {
    const args = ['uid://A001/X1/Xb0', 'a b', '$(id)', '"', '', '-x', '*', 'ü'];
    const exit = await made.programs.run('probe', ['show-arguments', ...args]);
    expect(exit.lastLines).toEqual(args.map((each) => JSON.stringify(each)));
  });

  it('adds to the environment', async () => {
    const exit = await made.programs.run('probe', ['show-env', 'DRAWS_LOCATION'], {
      env: { DRAWS_LOCATION: 'EU' },
    });
    expect(exit.lastLines).toEqual(['EU']);
  });

  it('makes the working directory and runs there', async () => {
    const directory = `${made.root}/runs/one`;
    await made.programs.run('probe', ['make-file', 'here'], { directory });
    expect((await made.files.list(directory)).map((entry) => entry.name)).toEqual(['here']);
  });

  it('runs several at a time', async () => {
    const codes = [3, 4, 5];
    const exits = await Promise.all(
      codes.map((code) => made.programs.run('probe', ['exit', `${code}`])),
    );
    expect(exits.map((exit) => exit.exitCode)).toEqual(codes);
  });
}

function ending(): void {
  it('asks a program to end when the signal is aborted', async () => {
    const controller = new AbortController();
    const work = made.programs.run('probe', ['wait'], { signal: controller.signal });
    await made.ready();
    controller.abort(new Error('stopping'));
    expect(await work).toMatchObject({ exitCode: 3, signal: null });
  });

  it('ends one that does not listen', async () => {
    const controller = new AbortController();
    const work = made.programs.run('probe', ['hang'], { signal: controller.signal });
    await made.ready();
    controller.abort(new Error('stopping'));
    expect(await work).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
  });

  it('starts nothing when the signal is aborted already', async () => {
    const reason = new Error('stopping');
    const work = made.programs.run('probe', ['make-file', 'ran'], {
      directory: made.root,
      signal: AbortSignal.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
    expect(await made.files.list(made.root)).toEqual([]);
  });

  it('rejects where a program can not be started', async () => {
    await expect(made.programs.run('no-such-program', [])).rejects.toMatchObject({
      code: 'program_not_started',
      message: expect.stringContaining('no-such-program'),
    });
  });
}
