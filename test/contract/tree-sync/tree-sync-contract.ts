// What every adapter of the TreeSync port keeps.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Files } from '../../../mockup/platform/files/files.ts';
import {
  NameTakenError,
  type TreeSync,
  TreeSyncError,
} from '../../../mockup/platform/files/tree-sync.ts';

export interface TreeSyncUnderTest {
  treeSync: TreeSync;
  /** Reaches both sides. */
  files: Files;
  /** What `pull` is given: a directory, or `user@host:directory`. */
  source: string;
  /** The path of that directory as `files` knows it; it exists and is empty. */
  sourceRoot: string;
  /** Where to pull to; it need not exist. */
  target: string;
  dispose?(): unknown;
}

let made: TreeSyncUnderTest;

/** Registers the suite; `makeAdapter` is called before each test. */
export function treeSyncContract(
  name: string,
  makeAdapter: () => TreeSyncUnderTest | Promise<TreeSyncUnderTest>,
): void {
  describe(`tree sync: ${name}`, () => {
    beforeEach(async () => {
      made = await makeAdapter();
    });
    afterEach(async () => await made.dispose?.());
    describe('pulling', pulling);
    describe('refusing', refusing);
  });
}

function pulling(): void {
  it('brings a file', async () => {
    await made.files.write(`${made.sourceRoot}/weblog.zip`, 'zip');
    await pull('weblog.zip');
    expect(await contents(made.target)).toEqual({ 'weblog.zip': 'zip' });
  });

  it('brings a directory with all that is in it, and only that one', async () => {
    await made.files.write(`${made.sourceRoot}/run/SOUS/GOUS/products/a.data`, 'a');
    await made.files.write(`${made.sourceRoot}/run/SOUS/GOUS/products/b.data`, 'b');
    await made.files.makeDirectory(`${made.sourceRoot}/run/empty`);
    await made.files.write(`${made.sourceRoot}/another/c.data`, 'c');
    await pull('run');
    expect(await contents(made.target)).toEqual({
      'run/': '',
      'run/SOUS/': '',
      'run/SOUS/GOUS/': '',
      'run/SOUS/GOUS/products/': '',
      'run/SOUS/GOUS/products/a.data': 'a',
      'run/SOUS/GOUS/products/b.data': 'b',
      'run/empty/': '',
    });
  });

  it('leaves what else is in the target alone', async () => {
    await made.files.write(`${made.target}/other/file`, 'kept');
    await made.files.write(`${made.sourceRoot}/run/a`, 'a');
    await pull('run');
    expect(await contents(made.target)).toMatchObject({ 'other/file': 'kept', 'run/a': 'a' });
  });

  it('changes nothing when it is repeated', async () => {
    await made.files.write(`${made.sourceRoot}/run/a`, 'a');
    await pull('run');
    await pull('run');
    expect(await contents(made.target)).toEqual({ 'run/': '', 'run/a': 'a' });
  });

  it.each([
    ['changed', 'run/a', 'b'],
    ['new', 'run/new', 'n'],
  ])('keeps what was published, and refuses a name whose content is %s', async (_, path, text) => {
    await made.files.write(`${made.sourceRoot}/run/a`, 'a');
    await pull('run');
    await made.files.write(`${made.sourceRoot}/${path}`, text);
    const error = await failure(pull('run'));
    expect(error).toBeInstanceOf(NameTakenError);
    expect(error.retriable).toBe(false);
    expect(await contents(made.target)).toEqual({ 'run/': '', 'run/a': 'a' });
  });

  it('keeps a published directory whole where a file of it is gone at the source', async () => {
    await made.files.write(`${made.sourceRoot}/run/a`, 'a');
    await made.files.write(`${made.sourceRoot}/run/b`, 'b');
    await pull('run');
    await made.files.remove(`${made.sourceRoot}/run/b`);
    expect(await failure(pull('run'))).toBeInstanceOf(NameTakenError);
    expect(await contents(made.target)).toMatchObject({ 'run/b': 'b' });
  });

  it('takes names as they are', async () => {
    const names = ['2015.1.00657.S_2018_07_19T07_10_03.781', ' a $(id) "b" ', '-rf', 'ü&;|'];
    for (const name of names) {
      await made.files.write(`${made.sourceRoot}/${name}/f`, name);
      await pull(name);
      expect(await contents(`${made.target}/${name}`)).toEqual({ f: name });
    }
  });
}

function refusing(): void {
  it('can be retried where there is nothing at the source yet', async () => {
    const error = await failure(pull('late'));
    expect(error.retriable).toBe(true);
    expect(await made.files.stat(`${made.target}/late`)).toBeUndefined();
    await made.files.write(`${made.sourceRoot}/late/file`, 'there');
    await pull('late');
    expect(await contents(`${made.target}/late`)).toEqual({ file: 'there' });
  });

  it.each(['', '.', '..', '../up', 'a/b', '/etc', 'a\\b', 'a\0b'])(
    'refuses %j, which is not a name in the directory',
    async (name) => {
      const error = await failure(pull(name));
      expect(error.retriable).toBe(false);
    },
  );

  it("rejects with the signal's reason when it is aborted", async () => {
    await made.files.write(`${made.sourceRoot}/run/a`, 'a');
    const reason = new Error('stopping');
    const work = made.treeSync.pull(made.source, 'run', made.target, AbortSignal.abort(reason));
    await expect(work).rejects.toBe(reason);
    expect(await made.files.stat(`${made.target}/run`)).toBeUndefined();
  });
}

function pull(name: string): Promise<void> {
  return made.treeSync.pull(made.source, name, made.target);
}

async function failure(work: Promise<unknown>): Promise<TreeSyncError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(TreeSyncError);
  return error as TreeSyncError;
}

/** Everything below a directory: path → text; directories end with a slash. */
async function contents(directory: string, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { name, kind } of await made.files.list(directory)) {
    const path = `${directory}/${name}`;
    if (kind === 'directory') {
      found[`${prefix}${name}/`] = '';
      Object.assign(found, await contents(path, `${prefix}${name}/`));
    } else {
      found[prefix + name] = Buffer.from(await made.files.read(path)).toString('utf8');
    }
  }
  return found;
}
