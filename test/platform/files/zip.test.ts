import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { type Zippable, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import { makeZip, readZip, type ZipLimits } from '../../../mockup/platform/files/zip.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const texts = (data: Uint8Array) =>
  readZip(data).map(({ name, content }) => [name, Buffer.from(content).toString()]);

function problem(data: Uint8Array, limits?: ZipLimits): string {
  try {
    readZip(data, limits);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as Error).message;
  }
  throw new Error('the archive was read');
}

/** A copy with some bytes of its (first) central directory entry changed. */
function tamper(data: Uint8Array, change: (entry: Buffer, all: Buffer) => void): Uint8Array {
  const all = Buffer.from(data);
  const at = all.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  change(all.subarray(at), all);
  return all;
}

const one = makeZip([{ name: 'dir/file', content: bytes('content '.repeat(100)) }]);

describe('makeZip and readZip', () => {
  it('give back what went in, in order', () => {
    const entries: [string, string][] = [
      ['weblog-X1-X1-Xb0/index.html', '<h1>ü</h1>'],
      ['weblog-X1-X1-Xb0/empty', ''],
      ['weblog-X1-X1-Xb0/größe/☃.txt', 'x'.repeat(100_000)],
    ];
    const zip = makeZip(entries.map(([name, text]) => ({ name, content: bytes(text) })));
    expect(texts(zip)).toEqual(entries);
    expect(zip.length).toBeLessThan(5000);
  });

  it('give back any bytes', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/);
    const entries = fc.uniqueArray(
      fc.record({ name, content: fc.uint8Array({ maxLength: 300 }) }),
      { selector: (entry) => entry.name },
    );
    fc.assert(
      fc.property(entries, (given) => {
        expect(readZip(makeZip(given)).map(({ name, content }) => [name, [...content]])).toEqual(
          given.map(({ name, content }) => [name, [...content]]),
        );
      }),
    );
  });

  it('make the same bytes in every time zone', () => {
    const module = new URL('../../../mockup/platform/files/zip.ts', import.meta.url);
    const code = `const { makeZip } = await import('${module}');
      const zip = makeZip([{ name: 'a', content: Buffer.from('b') }]);
      process.stdout.write(Buffer.from(zip).toString('hex'));`;
    const made = ['UTC', 'America/Santiago', 'Asia/Tokyo'].map((TZ) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        env: { ...process.env, TZ },
        encoding: 'utf8',
      }),
    );
    expect(made[0]).toBe(
      Buffer.from(makeZip([{ name: 'a', content: bytes('b') }])).toString('hex'),
    );
    expect(new Set(made).size).toBe(1);
  });

  it('read directories and a comment', () => {
    const zip = zipSync({ a: { b: bytes('x') }, 'c/': new Uint8Array() });
    const commented = Buffer.concat([zip, Buffer.from('PK\u0005\u0006 says')]);
    commented.writeUInt16LE(9, zip.length - 2);
    expect(texts(commented)).toEqual([['a/b', 'x']]);
  });

  it('read an empty archive', () => {
    expect(readZip(makeZip([]))).toEqual([]);
  });
});

describe('readZip refuses', () => {
  it.each([
    ['/etc/passwd', 'is absolute'],
    ['C:/windows', 'is absolute'],
    ['../up', 'leaves its directory'],
    ['a/../../up', 'leaves its directory'],
    ['a/..', 'leaves its directory'],
    ['..', 'leaves its directory'],
    ['a\\b', 'has a backslash'],
    ['a\0b', 'has a NUL'],
    ['a//b', 'has an empty part'],
    ['./a', 'has an empty part'],
    ['x'.repeat(256), 'is too long'],
    [`${'x/'.repeat(64)}y`, 'is too deep'],
    [`${`${'x'.repeat(250)}/`.repeat(8)}y`, 'is too long'],
  ])('the name %j', (name, reason) => {
    expect(problem(zipSync({ [name]: bytes('x') } as Zippable))).toContain(reason);
    expect(() => makeZip([{ name, content: bytes('x') }])).toThrow(reason);
  });

  it('a name that stands twice', () => {
    const zip = Buffer.from(zipSync({ aaaa: bytes('1'), aaab: bytes('2') }));
    const renamed = Buffer.from(zip.toString('latin1').replaceAll('aaab', 'aaaa'), 'latin1');
    expect(problem(renamed)).toContain('stands twice');
    const twice = { name: 'a', content: bytes('x') };
    expect(() => makeZip([twice, twice])).toThrow('stands twice');
  });

  it('a name that is a file and a directory', () => {
    expect(problem(zipSync({ a: bytes('1'), 'a/b': bytes('2') }))).toContain(
      'is a file and a directory',
    );
    expect(problem(zipSync({ a: bytes('1'), 'a/': bytes('') }))).toContain(
      'is a file and a directory',
    );
  });

  it('a name that is not UTF-8', () => {
    const zip = zipSync({ aaaa: bytes('1') });
    const text = Buffer.from(zip).toString('latin1').replaceAll('aaaa', 'a\xffaa');
    expect(problem(Buffer.from(text, 'latin1'))).toContain('not UTF-8');
  });

  it('symbolic links and devices', () => {
    for (const mode of [0o120777, 0o020644, 0o010644]) {
      const zip = zipSync({ link: [bytes('/etc/passwd'), { os: 3, attrs: mode * 65_536 }] });
      expect(problem(zip)).toContain('is a link or a special file');
    }
    const plain = zipSync({ file: [bytes('x'), { os: 3, attrs: 0o100644 * 65_536 }] });
    expect(texts(plain)).toEqual([['file', 'x']]);
  });

  it('encrypted entries and unknown methods', () => {
    expect(problem(tamper(one, (entry) => entry.writeUInt16LE(1, 8)))).toContain('is encrypted');
    expect(problem(tamper(one, (entry) => entry.writeUInt16LE(12, 10)))).toContain(
      'unknown method (12)',
    );
  });

  it('too many entries, before it looks at them', () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, bytes('')]));
    expect(problem(zipSync(many), { entries_max: 10 })).toBe('zip: 11 entries; the limit is 10');
    expect(readZip(zipSync(many), { entries_max: 11 })).toHaveLength(11);
  });

  it('more bytes than the limit, told by the directory', () => {
    const bomb = zipSync({ a: new Uint8Array(600_000), b: new Uint8Array(600_000) });
    expect(bomb.length).toBeLessThan(10_000);
    expect(problem(bomb, { totalBytes_max: 1_000_000 })).toContain('1200000 bytes unpacked');
    expect(readZip(bomb, { totalBytes_max: 1_200_000 })).toHaveLength(2);
  });

  it('an entry that is larger or smaller than the directory says', () => {
    const bomb = zipSync({ a: new Uint8Array(5_000_000) });
    for (const size of [0, 10, 5_000_001]) {
      const lying = tamper(bomb, (entry) => entry.writeUInt32LE(size, 24));
      expect(problem(lying, { totalBytes_max: 6_000_000 })).toContain('is damaged');
    }
  });

  it('content that does not agree with its checksum', () => {
    const stored = zipSync({ a: [bytes('content'), { level: 0 }] });
    const text = Buffer.from(stored).toString('latin1').replace('content', 'kontent');
    expect(problem(Buffer.from(text, 'latin1'))).toBe('zip: "a" is damaged');
  });

  it('a local header of another name', () => {
    const text = Buffer.from(one).toString('latin1').replace('dir/file', 'dir/fake');
    expect(problem(Buffer.from(text, 'latin1'))).toContain('is damaged');
  });

  it('archives of several parts and of zip64', () => {
    const end = one.length - 22;
    const parts = Buffer.from(one);
    parts.writeUInt16LE(1, end + 4);
    expect(problem(parts)).toContain('part of several');
    const large = Buffer.from(one);
    large.writeUInt32LE(0xffffffff, end + 16);
    expect(problem(large)).toContain('zip64');
  });

  it('what is no archive, and whatever is cut off or changed, by InvalidInputError alone', () => {
    expect(problem(new Uint8Array())).toContain('no zip archive');
    expect(problem(bytes('hello '.repeat(100)))).toContain('no zip archive');
    fc.assert(
      fc.property(fc.nat(one.length - 1), fc.nat(255), fc.boolean(), (at, value, cut) => {
        const data = cut ? one.slice(0, at) : Uint8Array.from(one);
        if (!cut) data[at] = value;
        try {
          readZip(data);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInputError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
