// Templates are split like a shell would, then filled: what a real shell makes of the same text is
// the reference.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remoteCommand } from '../../../../mockup/dbb/handoff/endpoint/endpoint-commands.ts';
import {
  fillTemplate,
  parseTemplate,
  placeholdersOf,
} from '../../../../mockup/dbb/remote/command-template.ts';
import {
  nestCommand,
  quoteForShell,
  shellCommand,
} from '../../../../mockup/platform/process/shell-quoting.ts';

/** What `sh` makes of the words of a text. */
function wordsOf(text: string): string[] {
  const output = execFileSync('sh', ['-c', `for w in ${text}; do printf '%s\\0' "$w"; done`], {
    encoding: 'utf8',
  });
  return output.split('\0').slice(0, -1);
}

const anyText = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => {
  return !text.includes('\0') && text.isWellFormed();
});

describe('splitting', () => {
  it.each([
    'scp -Bpq a  b',
    `ssh me@host "a command"`,
    `a 'b c' "d \\" e" f\\ g`,
    `"" '' x""y`,
    `a"b"'c'd`,
    `"\\a \\\\ \\$"`,
  ])('splits %s as sh does', (text) => {
    expect(fillTemplate(parseTemplate(text), {})).toEqual(wordsOf(text));
  });

  it('refuses what a shell could not read', () => {
    expect(() => parseTemplate('ssh "x')).toThrow(/quote/);
    expect(() => parseTemplate('ssh x\\')).toThrow(/backslash/);
    expect(() => parseTemplate('   ')).toThrow(/empty/);
  });
});

describe('filling', () => {
  it('keeps any value one argument', () => {
    const template = parseTemplate('cp -- {file} "{dest}/x" y{file}');
    fc.assert(
      fc.property(anyText, anyText, (file, dest) => {
        expect(fillTemplate(template, { file, dest })).toEqual([
          'cp',
          '--',
          file,
          `${dest}/x`,
          `y${file}`,
        ]);
      }),
    );
  });

  it('makes an argument of each item of a list', () => {
    const template = parseTemplate('cp {batch} {dest}');
    expect(fillTemplate(template, { batch: ['a b', 'c'], dest: 'd' })).toEqual([
      'cp',
      'a b',
      'c',
      'd',
    ]);
  });

  it('splits parameters of the configuration, which may hold several options', () => {
    const template = parseTemplate('scp {options} "{key}" {file}', {
      options: '-P 22 -q',
      key: 'my key',
    });
    expect(fillTemplate(template, { file: 'f' })).toEqual([
      'scp',
      '-P',
      '22',
      '-q',
      'my key',
      'f',
    ]);
  });

  it('knows doubled braces as braces', () => {
    expect(fillTemplate(parseTemplate('a {{x}} {file}'), { file: 'f' })).toEqual([
      'a',
      '{x}',
      'f',
    ]);
    expect(placeholdersOf('{{x}} {y} {y}')).toEqual(['y']);
  });
});

describe('quoting for the other side', () => {
  it('brings any text through a shell as one word', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(wordsOf(quoteForShell(text))).toEqual([text]);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    'sh -c "{command}"',
    'sh -c {command}',
    `sh -c "exec sh -c '{command}'"`,
    `sh -c 'exec sh -c "{command}"'`,
    `sh -c "sh -c \\"cd / && {command}\\""`,
  ])('brings names through %s', (template) => {
    const names = ["it's", '$(touch x)', '"', '`id`', 'a\nb', '\\', ';', '-n', '', '* ?'];
    const command = shellCommand('for f do printf "%s\\0" "$f"; done', names);
    const [program = '', ...args] = remoteCommand(parseTemplate(template), command);
    const output = execFileSync(program, args, { encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(names);
  });

  it('leaves a command alone where no quote is open', () => {
    expect(nestCommand("a 'b'", "x 'y' ")).toBe("a 'b'");
  });
});
