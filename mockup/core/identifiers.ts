// Project codes, OUS UIDs and what is derived from them: document ids, directory and file names.
// Both come from outside and end up in paths and document ids, so their alphabet is narrow. An
// underscore is refused in a UID: with it two UIDs could have the same document id.

import { InvalidInputError } from './errors.ts';

const UID = /^uid:\/\/[A-Za-z0-9-]+(?:\/[A-Za-z0-9-]+)+$/;
const PROG_ID = /^[A-Za-z0-9](?:[A-Za-z0-9-]|\.(?!\.|$))*$/;
const MAX_LENGTH = 100;

export function isOusUid(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && UID.test(value);
}

export function isProgId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && PROG_ID.test(value);
}

export function requireOusUid(value: unknown): string {
  if (isOusUid(value)) return value;
  throw new InvalidInputError(`not an OUS UID: ${quote(value)}`, {
    hint: 'an OUS UID looks like uid://A001/X1465/X346b: letters, digits, "-" and "/"',
  });
}

/** As a person may type it: with or without `uid://`, or as the id of its document. */
export function requireTypedOusUid(text: string): string {
  const [, rest] = /^(?:uid:\/\/|uid___)?(.+)$/.exec(text) ?? [];
  const way = text.startsWith('uid___') ? rest?.replaceAll('_', '/') : rest;
  const uid = `uid://${way}`;
  return requireOusUid(isOusUid(uid) ? uid : text);
}

export function requireProgId(value: unknown): string {
  if (isProgId(value)) return value;
  throw new InvalidInputError(`not a project code: ${quote(value)}`, {
    hint: 'a project code looks like 2019.1.00263.S: letters, digits, "." and "-"',
  });
}

/** The document id of a natural key: every `:` and `/` becomes `_`. */
export function documentId(naturalKey: string): string {
  return naturalKey.replaceAll(/[:/]/g, '_');
}

/** A UID as a directory name: `uid://X1/X1/Xb0` → `uid___X1_X1_Xb0`; `-` becomes `_` too. */
export function uidAsDirectoryName(ousUid: string): string {
  return ousUid.replaceAll(/[:/-]/g, '_');
}

/** A UID inside a file name: `uid://X1/X1/Xb0` → `X1-X1-Xb0`. */
export function uidAsFileNamePart(ousUid: string): string {
  return ousUid.replace(/^uid:\/\//, '').replaceAll('/', '-');
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
