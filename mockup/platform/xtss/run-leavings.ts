// Whether something in a cache may go as what a superseded run left. A message alone is no proof, for
// any member can write one: the name has to be one of the OUS, and nothing that was recorded may say
// that it is of another run, or of another OUS.

import { databaseNames } from '../../core/databases.ts';
import { uidAsDirectoryName } from '../../core/identifiers.ts';
import { type CachedBody, cachedBody } from '../../core/messages/message-bodies.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { type RunIdentity, readRun } from '../../core/ous/run-identity.ts';
import { isTimeOfRun } from '../../core/ous/run-window.ts';
import { completedRunCause } from '../../core/products/completed-run.ts';
import {
  PRODUCTS_PARENT,
  productsDirectoryName,
  runTimestampOf,
  weblogTimestampOf,
} from '../../core/products/product-names.ts';
import { cachedAboutOus, reportsOfProducts } from '../../core/queries.ts';
import type { DatabaseServer, Document } from '../couch/database.ts';
import { FileError, type Files } from '../files/files.ts';
import { pathInside } from '../files/paths.ts';

/** What a run announced, by its own word. */
export interface Announced extends Pick<CachedBody, 'fileType' | 'name' | 'cachedAt'> {
  run?: RunIdentity | undefined;
}

export interface Leaving extends Pick<CachedBody, 'fileType' | 'name'> {
  run: RunIdentity;
}

interface LeavingPorts {
  databases: DatabaseServer;
  files: Files;
}

/** All that was announced of an OUS to JAO: that is, all. */
export async function announcedOf(
  { databases }: Pick<LeavingPorts, 'databases'>,
  ousUid: string,
): Promise<Announced[]> {
  const found: Announced[] = [];
  const database = databases.open(databaseNames.messages);
  await database.findInPages<Document & { body?: unknown }>(cachedAboutOus(ousUid), (docs) => {
    for (const { body } of docs) {
      const { data } = cachedBody.safeParse(body);
      if (!data) continue;
      const { fileType, name, cachedAt, run } = data;
      found.push({ fileType, name, cachedAt, run });
    }
  });
  return found;
}

export class LeavingProof {
  readonly #ports: LeavingPorts;
  readonly #cacheDirectory: string;
  readonly #ous: OusDocument;
  readonly #isReplaced: (run: RunIdentity) => boolean;

  /** `isReplaced`: true where a run no longer speaks for the OUS. */
  constructor(
    ports: LeavingPorts,
    about: {
      cacheDirectory: string;
      ous: OusDocument;
      isReplaced(run: RunIdentity): boolean;
    },
  ) {
    this.#ports = ports;
    this.#cacheDirectory = about.cacheDirectory;
    this.#ous = about.ous;
    this.#isReplaced = about.isReplaced;
  }

  /** Why this has to stay; undefined where it may go. */
  async objection(
    { fileType, name, run }: Leaving,
    announced: readonly Announced[],
  ): Promise<string | undefined> {
    const { entityId, progID, history = [] } = this.#ous;
    const isProducts = fileType === 'productsdir';
    const timestamp = isProducts
      ? runTimestampOf(progID, name)
      : weblogTimestampOf(entityId, name);
    if (timestamp === undefined) return `${name} is no name of ${entityId}`;
    if (!this.#isReplaced(run)) return `${name} is of a run that still counts`;
    if (!isTimeOfRun(this.#ous, run, timestamp)) {
      return `${name} is of another time than attempt ${run.attempt} of ${run.assignment}`;
    }
    if (history.some(({ cause }) => cause === completedRunCause(timestamp))) {
      return `${name} is of a run that was completed`;
    }
    const sayers = announced.filter((other) => other.name === name);
    if (sayers.some((other) => other.run === undefined || !this.#isReplaced(other.run))) {
      return `${name} was announced by a run that still counts`;
    }
    const directory = productsDirectoryName(progID, timestamp);
    const reported = await this.#reportedOf(directory, isProducts);
    if (reported !== undefined) return reported;
    return isProducts ? this.#foundIn(directory) : undefined;
  }

  async #reportedOf(directory: string, isProducts: boolean): Promise<string | undefined> {
    const database = this.#ports.databases.open(databaseNames.pipelineReports);
    const reports = await database.find<Document & { ousUID?: unknown; run?: unknown }>(
      reportsOfProducts(directory),
    );
    for (const { ousUID, run: by } of reports) {
      const isOther = ousUID !== this.#ous.entityId;
      // A weblog has the UID in its own name.
      if (isOther && !isProducts) continue;
      if (isOther) return `${directory} is of ${String(ousUID)}`;
      const run = readRun(by);
      if (!run || !this.#isReplaced(run)) return `${directory} was reported by a run that counts`;
    }
    return undefined;
  }

  /** The Pipeline writes below the name of the OUS. */
  async #foundIn(directory: string): Promise<string | undefined> {
    const parent = `${pathInside(this.#cacheDirectory, directory)}/${PRODUCTS_PARENT}`;
    const own = uidAsDirectoryName(this.#ous.entityId);
    try {
      const other = (await this.#ports.files.list(parent)).find(({ name }) => name !== own);
      return other && `${directory} holds what is of ${other.name}`;
    } catch (error) {
      if (error instanceof FileError && error.code === 'file_missing') return undefined;
      throw error;
    }
  }
}
