// `ifGenerationMatch` and its relatives: what must be so for a call to have an effect. 0 stands for
// "there is none".

import { conditionNotMet, invalid, notFound, StorageError } from '../storage-error.ts';
import type { ObjectRecord } from './object-record.ts';

type Query = Readonly<Record<string, unknown>>;

/** Throws 412 (304 for a read whose "not" condition fails), or 400 for what is no number. */
export function checkPreconditions(
  query: Query,
  current: ObjectRecord | undefined,
  purpose: 'read' | 'write',
): void {
  const generation = current?.generation ?? '0';
  const metageneration = String(current?.metageneration ?? 0);
  require(query, 'ifGenerationMatch', (wanted) => wanted === generation, purpose);
  require(query, 'ifMetagenerationMatch', (wanted) => wanted === metageneration, purpose);
  refuse(query, 'ifGenerationNotMatch', (wanted) => wanted === generation, purpose);
  refuse(query, 'ifMetagenerationNotMatch', (wanted) => wanted === metageneration, purpose);
}

/** For a change of what is there: 404 too where another generation is named than there is. */
export function checkChange(query: Query, current: ObjectRecord): void {
  const wanted = number(query, 'generation');
  if (wanted !== undefined && wanted !== current.generation) {
    throw notFound(`No such object: ${current.bucket}/${current.name}`);
  }
  checkPreconditions(query, current, 'write');
}

/** `ifSourceGenerationMatch` and its relatives, of what is copied. */
export function checkSource(query: Query, source: ObjectRecord): void {
  const ofSource = Object.entries(query).flatMap(([key, value]) =>
    key.startsWith('ifSource') ? [[key.replace('ifSource', 'if'), value]] : [],
  );
  checkPreconditions(Object.fromEntries(ofSource), source, 'write');
}

function require(query: Query, key: string, holds: (wanted: string) => boolean, _: string): void {
  const wanted = number(query, key);
  if (wanted !== undefined && !holds(wanted)) throw conditionNotMet();
}

function refuse(
  query: Query,
  key: string,
  holds: (wanted: string) => boolean,
  purpose: 'read' | 'write',
): void {
  const wanted = number(query, key);
  if (wanted === undefined || !holds(wanted)) return;
  if (purpose === 'write') throw conditionNotMet();
  throw new StorageError(304, 'notModified', 'not modified');
}

function number(query: Query, key: string): string | undefined {
  const given = query[key];
  if (given === undefined) return undefined;
  if (typeof given === 'string' && /^\d{1,20}$/.test(given)) return given;
  throw invalid(`Invalid value for ${key}: a whole number is needed`);
}
