import { describe, expect, it } from 'vitest';
import { jobId, replicationId } from '../../mockup/couch-server/replicator/replication-id.ts';
import { parseReplicationSpec } from '../../mockup/couch-server/replicator/replication-spec.ts';

const ends = { source: 'http://jao:5984/msgq', target: 'http://eu:5985/msgq' };
const idOf = (body: Record<string, unknown>, server = 'server') =>
  replicationId(server, parseReplicationSpec({ ...ends, ...body }));

describe('parseReplicationSpec', () => {
  it('reads every option', () => {
    expect(
      parseReplicationSpec({
        ...ends,
        continuous: true,
        create_target: true,
        doc_ids: ['b', 'a', 'b'],
        since_seq: '12-x',
        checkpoint_interval: 500,
        use_checkpoints: false,
        user_ctx: { name: 'x', roles: [] },
        _id: 'ignored',
      }),
    ).toMatchObject({
      continuous: true,
      createTarget: true,
      filter: { kind: 'doc-ids', docIds: ['b', 'a'] },
      sinceSeq: '12-x',
      checkpointInterval_ms: 500,
      useCheckpoints: false,
    });
  });

  it.each([
    [{ source: undefined }, 'Missing replicator database'],
    [{ target: undefined }, 'Missing replicator database'],
    [{ continuous: 'yes' }, 'parameter `continuous` must be a boolean'],
    [{ doc_ids: 'a' }, 'parameter `doc_ids` must be an array'],
    [{ doc_ids: [1] }, 'parameter `doc_ids` must be an array of strings'],
    [{ selector: [] }, 'parameter `selector` must be a JSON object'],
    [{ selector: {}, doc_ids: [] }, 'mutually exclusive'],
    [{ selector: { a: { $foo: 1 } } }, 'Invalid operator: $foo'],
    [{ filter: 'mine' }, 'Invalid filter'],
    [{ filter: 'app/mine' }, "use 'selector'"],
    [{ checkpoint_interval: 'soon' }, 'parameter `checkpoint_interval` must be an integer'],
    [{ proxy: 5 }, 'Invalid proxy url'],
    [{ source: 'http://' }, 'endpoint has an invalid url'],
    [{ source: 'http://a b/c' }, 'endpoint has an invalid url'],
    [{ source: { url: 'msgq' } }, 'endpoint has an invalid url'],
  ])('refuses %j', (change, reason) => {
    expect(() => parseReplicationSpec({ ...ends, ...change })).toThrow(reason);
  });
});

describe('replicationId', () => {
  it('does not depend on passwords, on the order of fields, or on how it is started', () => {
    const plain = idOf({ source: 'http://me:one@jao:5984/msgq' });
    expect(idOf({ source: 'http://me:two@jao:5984/msgq' })).toBe(plain);
    expect(idOf({ source: 'http://me:two@jao:5984/msgq', continuous: true })).toBe(plain);
    expect(idOf({ selector: { a: 1, b: { c: 2, d: 3 } } })).toBe(
      idOf({ selector: { b: { d: 3, c: 2 }, a: 1 } }),
    );
    expect(idOf({ doc_ids: ['a', 'b'] })).toBe(idOf({ doc_ids: ['b', 'a'] }));
  });

  it('tells ends, filters, users and servers apart', () => {
    const ids = [
      idOf({}),
      idOf({}, 'another server'),
      idOf({ source: ends.target, target: ends.source }),
      idOf({ source: 'http://me:one@jao:5984/msgq' }),
      idOf({ doc_ids: ['a'] }),
      idOf({ selector: { a: 1 } }),
      idOf({ selector: { a: '1' } }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('gives the job an id that shows how it runs', () => {
    const spec = parseReplicationSpec({ ...ends, continuous: true, create_target: true });
    expect(jobId('abc', spec)).toBe('abc+continuous+create_target');
  });
});
