// What every adapter of the database port keeps. Run on the in-memory one, on the embedded server
// and, where there is one, on Apache CouchDB.

import { afterEach, beforeEach, describe } from 'vitest';
import type { Database, DatabaseServer } from '../../../mockup/platform/couch/database.ts';
import { attachmentContract } from './attachment-contract.ts';
import { changesContract } from './changes-contract.ts';
import { findContract } from './find-contract.ts';
import { serverContract } from './server-contract.ts';
import { writeContract } from './write-contract.ts';

export interface ServerUnderTest {
  server: DatabaseServer;
  close?(): Promise<void>;
}

/** A fresh database for each test, and how to make another. */
export interface Subject {
  readonly server: DatabaseServer;
  readonly database: Database;
  /** Opens a database that is removed after the test. */
  fresh(): Promise<Database>;
}

let count = 0;

/** Makes the suite; `makeServer` is called once for each test. */
export function databaseContract(name: string, makeServer: () => Promise<ServerUnderTest>): void {
  describe(`database port on ${name}`, () => {
    let under: ServerUnderTest;
    let database: Database;
    let made: string[] = [];

    const fresh = async (): Promise<Database> => {
      const databaseName = `contract-${process.pid}-${Date.now().toString(36)}-${++count}`;
      made.push(databaseName);
      await under.server.create(databaseName);
      return under.server.open(databaseName);
    };
    beforeEach(async () => {
      under = await makeServer();
      database = await fresh();
    });
    afterEach(async () => {
      const names = await under.server.names();
      for (const one of made.filter((each) => names.includes(each))) {
        await under.server.remove(one);
      }
      made = [];
      await under.close?.();
    });

    const subject: Subject = {
      get server() {
        return under.server;
      },
      get database() {
        return database;
      },
      fresh,
    };
    serverContract(subject);
    writeContract(subject);
    findContract(subject);
    changesContract(subject);
    attachmentContract(subject);
  });
}
