// Help in one style, suggestions, and what shells are told.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draws } from '../../mockup/cli/draws.ts';
import { endmgr } from '../../mockup/cli/endmgr.ts';
import { hdfmgr } from '../../mockup/cli/hdfmgr.ts';
import { main, type ProgramDefinition } from '../../mockup/cli/main.ts';
import { promptProto } from '../../mockup/cli/prompt-proto.ts';
import { runDraws } from './run-draws.ts';

async function helpOf(program: ProgramDefinition, args: string[]): Promise<string> {
  let text = '';
  const stdout = { write: (piece: string) => Boolean((text += piece)) };
  await main(program, [...args, '--help'], { env: {}, stdout, stderr: stdout });
  return text;
}

describe.each([draws, hdfmgr, endmgr, promptProto])('help of $name', (program) => {
  it.each(program.commands.map(({ name }) => name))(
    '%s shows defaults in one way',
    async (name) => {
      const text = (await helpOf(program, [name])).replaceAll(/\n\s+/g, ' ');
      expect(text.match(/\(default: ["[{]/g)).toBeNull();
      expect(text.match(/.{20}(?<!\()\bdefault(:| \d| [A-Z]).*/g)).toBeNull();
      expect(text.match(/<[a-z]>/g)?.filter((placeholder) => placeholder !== '<n>') ?? []).toEqual(
        [],
      );
    },
  );
});

/** Their simulated lines have an environment of their own. */
const withoutEnvironment = ['explore', 'simulate'];
const reading = draws.commands
  .map(({ name }) => name)
  .filter((name) => !withoutEnvironment.includes(name));
it.each(reading)('draws %s names its environment', async (name) => {
  expect(await helpOf(draws, [name])).toMatch(/\nEnvironment:\n {2}(DRAWS|COUCHDB)_/);
});

describe('what was mistyped', () => {
  it.each([
    [['lanch'], 'there is no command "lanch": did you mean launcher? (draws --help lists them)'],
    [['up', '--pase', '1'], "unknown option '--pase': did you mean --pace? (see draws up --help)"],
    [
      ['replicate', 'aply'],
      "unknown command 'aply': did you mean apply? (see draws replicate --help)",
    ],
  ])('%j', async (args, told) => {
    expect(await runDraws(args)).toEqual({ exitCode: 2, stdout: '', stderr: `draws: ${told}\n` });
  });

  it('takes help for --help', async () => {
    expect(await runDraws(['help', 'up'])).toEqual(await runDraws(['up', '--help']));
    expect(await runDraws(['help'])).toEqual(await runDraws(['--help']));
  });
});

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

describe('completion', () => {
  let directory = '';
  const script = async (shell: string): Promise<string> => {
    const file = join(directory, `draws.${shell}`);
    writeFileSync(file, (await runDraws(['completion', shell])).stdout);
    return file;
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'draws-completion-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('completes commands, their own commands and options in bash', async () => {
    const ask = `source ${await script('bash')}
complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _draws; echo "\${COMPREPLY[*]}"; }
complete_words draws repli
complete_words draws replicate ''
complete_words draws up --pa
complete_words draws replicate apply --dry
complete_words draws history u`;
    const lines = execFileSync('bash', ['-c', ask], { encoding: 'utf8' }).split('\n');
    expect(lines).toEqual([
      'replicate replicated-cache',
      'apply cancel status copy',
      '--pace',
      '--dry-run',
      '',
      '',
    ]);
  });

  it.runIf(has('fish'))('completes them in fish', async () => {
    const ask = `source ${await script('fish')}
complete -C 'draws repli'; complete -C 'draws replicate ap'; complete -C 'draws up --pa'`;
    const lines = execFileSync('fish', ['-c', ask], { encoding: 'utf8' }).trim().split('\n');
    const words = lines.map((line) => line.split('\t')[0]);
    expect(words).toEqual(['replicate', 'replicated-cache', 'apply', '--pace']);
  });

  it.runIf(has('zsh'))('is a script that zsh takes', async () => {
    const file = await script('zsh');
    const told = spawnSync('zsh', ['-c', `compdef() { echo "$@" }; source ${file}`]);
    expect([told.status, String(told.stdout), String(told.stderr)]).toEqual([
      0,
      '_draws draws\n',
      '',
    ]);
  });
});
