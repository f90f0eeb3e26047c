// Which templates mean the same as one rsync for many files, and which do not.

import { describe, expect, it } from 'vitest';
import {
  bulkCommand,
  bulkInput,
  bulkTransferOf,
  withShellOptions,
} from '../../../../mockup/dbb/handoff/endpoint/bulk-transfer.ts';
import { parseTemplate } from '../../../../mockup/dbb/remote/command-template.ts';

const derive = (text: string) => bulkTransferOf(parseTemplate(text));

describe('a bulk transfer', () => {
  it('is made of scp with its connection options', () => {
    expect(derive('scp -Bpq -P 2222 -i key -l 8000 -oA=b {file} me@host:{dest}')).toEqual({
      program: 'rsync',
      options: ['--times', '--perms', '--bwlimit=1000'],
      shell: ['ssh', '-p', '2222', '-i', 'key', '-o', 'A=b'],
      target: 'me@host:',
      isTemplate: false,
    });
  });

  it('is made of rsync with its own options', () => {
    expect(derive('rsync -aze "ssh -p 22" --bwlimit=10 {batch} host:{dest}/')).toEqual({
      program: 'rsync',
      options: ['-az', '--bwlimit=10'],
      shell: ['ssh', '-p', '22'],
      target: 'host:',
      isTemplate: true,
    });
    expect(derive('rsync -a {file} {dest}')).toMatchObject({ shell: undefined, target: '' });
  });

  it.each([
    'bbcp {batch} host:{dest}',
    'scp -S other {file} host:{dest}',
    'scp -3 -D x {file} host:{dest}',
    'scp {file} host:{dest}/sub',
    'scp {file} host:/elsewhere/{dest}',
    'scp {file}.x host:{dest}',
    'scp {file} rsync://host:{dest}',
    'rsync --remove-source-files {file} host:{dest}',
    'rsync -a --delete {file} host:{dest}',
    'rsync -a --bwlimit 10 {file} host:{dest}',
    'rsync -a --no-relative {file} host:{dest}',
    'rsync -a --inplace --preallocate {file} host:{dest}',
    'nice rsync -a {file} host:{dest}',
  ])('is not made of %s', (text) => {
    expect(derive(text)).toBeUndefined();
  });

  it.each([
    ['rsync -a a host:/b', 'rsync --rsh=ssh -o X=1 -a a host:/b'],
    ['rsync -ae ssh a host:/b', 'rsync -ae ssh -o X=1 a host:/b'],
    ['rsync --rsh=/bin/ssh a host:/b', 'rsync --rsh=/bin/ssh -o X=1 a host:/b'],
    ['rsync -e rsh a host:/b', 'rsync -e rsh a host:/b'],
    ['rsync -a a host::module/b', 'rsync -a a host::module/b'],
    ['rsync -a a rsync://host/b', 'rsync -a a rsync://host/b'],
    ['rsync -a a /b', 'rsync -a a /b'],
  ])('leaves %s as it is, but for options of its ssh', (before, after) => {
    expect(withShellOptions(before.split(' '), ['-o', 'X=1']).join(' ')).toBe(after);
  });

  it('reads names from its input, none of them as a comment or an option', () => {
    expect(bulkInput(['#a', ';b', '-c', 'd/e\nf'])).toBe('./#a\0./;b\0./-c\0./d/e\nf\0');
    const transfer = derive('rsync -a {file} host:{dest}');
    if (!transfer) throw new Error('none');
    const command = bulkCommand({
      transfer,
      shellOptions: ['-o', 'ControlPath=/tmp/a b/%C'],
      buffer: '/buffer',
      destination: '/staging/x',
      resume: false,
      rateLimit_kib: 5,
    });
    expect(command.at(-1)).toBe('host:/staging/x/');
    expect(command).toContain("--rsh=ssh -o 'ControlPath=/tmp/a b/%C'");
    expect(command).toContain('--bwlimit=5');
  });
});
