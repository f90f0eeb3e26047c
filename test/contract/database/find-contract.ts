// Mango queries: what actors ask, and where CouchDB's answer is not the obvious one.

import { beforeEach, describe, expect, test } from 'vitest';
import type { Query } from '../../../mockup/platform/couch/database.ts';
import type { Subject } from './database-contract.ts';

const observed = [
  { _id: '1', state: 'Processing', substate: 'PipelineImaging', flags: { exec: 'EU' }, n: 3 },
  { _id: '2', state: 'Processing', substate: null, flags: {}, n: 1 },
  { _id: '3', state: 'Verified', substate: 'ManualImaging', flags: { exec: 'EA' }, n: 2 },
  { _id: '4', state: 'Delivered', flags: { exec: 'EU' }, tags: ['a', 'b'], n: 'many' },
  { _id: '5', state: 'Delivered', substate: '', tags: [], n: 10 },
];

/** Each selector with the ids that it finds. */
const cases: [what: string, selector: Record<string, unknown>, ids: string][] = [
  ['everything', {}, '12345'],
  ['equality', { state: 'Processing' }, '12'],
  ['equality with null', { substate: null }, '2'],
  ['several fields', { state: 'Processing', substate: 'PipelineImaging' }, '1'],
  ['a field in a field', { 'flags.exec': 'EU' }, '14'],
  ['a nested selector', { flags: { exec: { $in: ['EU', 'EA'] } } }, '134'],
  ['$or', { $or: [{ state: 'Verified' }, { substate: null }] }, '23'],
  ['$or beside a field', { state: 'Processing', $or: [{ n: 1 }, { n: 2 }] }, '2'],
  ['$or of nothing', { $or: [] }, ''],
  ['$and of two $or', { $and: [{ $or: [{ n: 1 }, { n: 2 }] }, { $or: [{ n: 2 }] }] }, '3'],
  ['$nor', { $nor: [{ state: 'Processing' }, { n: 10 }] }, '34'],
  ['$not around a selector', { $not: { state: 'Processing' } }, '345'],
  ['$in', { state: { $in: ['Verified', 'Delivered'] } }, '345'],
  ['$in with a list in the field', { tags: { $in: ['b', 'z'] } }, '4'],
  ['$nin leaves out what has no such field', { substate: { $nin: ['', null] } }, '13'],
  ['$ne leaves out what has no such field', { substate: { $ne: 'PipelineImaging' } }, '235'],
  ['$exists', { substate: { $exists: true } }, '1235'],
  ['$exists false', { substate: { $exists: false } }, '4'],
  ['$regex', { substate: { $regex: '^Pipeline' } }, '1'],
  ['$regex in the middle', { state: { $regex: 'liver' } }, '45'],
  ['$gt, also over strings', { n: { $gt: 2 } }, '145'],
  ['a range', { n: { $gte: 1, $lt: 3 } }, '23'],
  ['$gt null: everything that has the field', { state: { $gt: null } }, '12345'],
  ['a range of ids', { _id: { $gt: '2', $lte: '4' } }, '34'],
  ['$type', { n: { $type: 'number' } }, '1235'],
  ['$size', { tags: { $size: 0 } }, '5'],
  ['$all', { tags: { $all: ['a', 'b'] } }, '4'],
  ['$elemMatch', { tags: { $elemMatch: { $eq: 'a' } } }, '4'],
  ['$mod', { n: { $mod: [2, 1] } }, '12'],
];

export function findContract(subject: Subject): void {
  describe('queries', () => {
    beforeEach(async () => {
      await subject.database.bulk(observed);
      const gone = await subject.database.put({ _id: '6', state: 'Processing' } as never);
      await subject.database.put({ _id: '6', _rev: gone, _deleted: true });
    });
    const idsOf = async (query: Query): Promise<string[]> =>
      (await subject.database.find(query)).map(({ _id }) => _id);

    for (const [what, selector, ids] of cases) {
      test(`find ${what}`, async () => {
        expect((await idsOf({ selector })).sort().join('')).toBe(ids);
      });
    }

    test('an index that several ask for at once', async () => {
      const asked = Array.from({ length: 8 }, () => subject.database.ensureIndex(['n']));
      await expect(Promise.all(asked)).resolves.toHaveLength(8);
    });

    test('sort both ways over an index, up to a limit', async () => {
      await subject.database.ensureIndex(['n']);
      await subject.database.ensureIndex(['n']);
      const selector = { n: { $gt: null } };
      expect(await idsOf({ selector, sort: ['n'] })).toEqual(['2', '3', '1', '5', '4']);
      const newest: Query = { selector, sort: [{ n: 'desc' }], limit: 2 };
      expect(await idsOf(newest)).toEqual(['4', '5']);
    });

    test('sort by two fields of one index', async () => {
      await subject.database.ensureIndex(['state', 'n']);
      const selector = { state: { $gt: null }, n: { $gt: null } };
      const sort = [{ state: 'asc' as const }, { n: 'asc' as const }];
      expect(await idsOf({ selector, sort })).toEqual(['5', '4', '2', '1', '3']);
    });

    test('give the asked fields alone', async () => {
      const query: Query = { selector: { _id: '1' }, fields: ['_id', 'flags.exec', 'none'] };
      expect(await subject.database.find(query)).toEqual([{ _id: '1', flags: { exec: 'EU' } }]);
    });

    test('that are malformed are refused', async () => {
      const { database } = subject;
      const unknown = database.find({ selector: { n: { $bigger: 3 } } });
      await expect(unknown).rejects.toMatchObject({ code: 'database_refused', status: 400 });
      const expression = database.find({ selector: { state: { $regex: '(' } } });
      await expect(expression).rejects.toMatchObject({ code: 'database_refused', status: 400 });
    });
  });
}
