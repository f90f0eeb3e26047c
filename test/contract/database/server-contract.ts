// The server: databases come and go, refusals have a status.

import { describe, expect, test } from 'vitest';
import { DatabaseRefusedError } from '../../../mockup/platform/couch/database.ts';
import type { Subject } from './database-contract.ts';

export function serverContract(subject: Subject): void {
  describe('server', () => {
    test('answers, and its address holds no credentials', async () => {
      await subject.server.check();
      expect(subject.server.address).toMatch(/^\w+:\/\/[^@]+$/);
    });

    test('creates a database once, lists and removes it', async () => {
      const { server, database } = subject;
      expect(await server.create(database.name)).toBe('exists');
      const names = await server.names();
      expect(names).toContain(database.name);
      expect(names).toEqual([...names].sort());
      await server.remove(database.name);
      expect(await server.names()).not.toContain(database.name);
      expect(await server.create(database.name)).toBe('created');
      expect((await database.info()).docCount).toBe(0);
    });

    test('refuses a database that it does not have', async () => {
      const missing = subject.server.open('no-such-database');
      const calls = [
        missing.info(),
        missing.get('a'),
        missing.getMany(['a']),
        missing.put({ _id: 'a' }),
        missing.bulk([{ _id: 'a' }]),
        missing.find({ selector: {} }),
        missing.allDocs(),
        missing.ensureIndex(['field']),
        subject.server.remove('no-such-database'),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        const reason = outcome.status === 'rejected' ? outcome.reason : undefined;
        expect(reason).toBeInstanceOf(DatabaseRefusedError);
        expect(reason).toMatchObject({ status: 404, retriable: false });
      }
    });

    test('refuses a malformed database name', async () => {
      await expect(subject.server.create('Upper Case')).rejects.toMatchObject({ status: 400 });
    });
  });
}
