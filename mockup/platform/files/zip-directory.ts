// The central directory of a zip archive, by PKWARE's APPNOTE 6.3: what is in it, without
// unpacking anything. Every offset and size is checked against the data.

import { InvalidInputError } from '../../core/errors.ts';

export interface ZipDirectoryEntry {
  name: string;
  method: 'stored' | 'deflated';
  /** A view of the archive. */
  packed: Uint8Array;
  /** Unpacked, as the directory says; the content may not be longer. */
  size_bytes: number;
  crc: number;
}

const END = { signature: 0x06054b50, size: 22, comment_max: 0xffff };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };
const UNIX = 3;
const FILE_TYPE = 0o170000;
/** Not told, a plain file, a directory; not links, devices, pipes. */
const FILE_TYPES = new Set([0, 0o100000, 0o040000]);
/** Bits 0, 6 and 13: encrypted in one of three ways. */
const ENCRYPTED = 0x2041;
const MARK_OF_ZIP64 = 0xffffffff;

/** Throws InvalidInputError where the data is no plain zip archive, or has too many entries. */
export function readDirectory(data: Uint8Array, entries_max: number): ZipDirectoryEntry[] {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = findEnd(view);
  const count = view.readUInt16LE(end + 10);
  const start = view.readUInt32LE(end + 16);
  const oneDisk = view.readUInt32LE(end + 4) === 0 && view.readUInt16LE(end + 8) === count;
  if (count === 0xffff || start === MARK_OF_ZIP64) throw refusal('zip64 is not read here');
  if (!oneDisk) throw refusal('it is a part of several');
  if (count > entries_max) {
    throw refusal(`${count} entries; the limit is ${entries_max}`);
  }
  const entries: ZipDirectoryEntry[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const { entry, next } = readEntry(view, at, start, end);
    entries.push(entry);
    at = next;
  }
  if (at !== end) throw refusal('its directory is damaged');
  return entries;
}

/** The end record is the last thing in the file, except for a comment. */
function findEnd(view: Buffer): number {
  const last = view.length - END.size;
  for (let at = last; at >= Math.max(0, last - END.comment_max); at--) {
    const here = view.readUInt32LE(at) === END.signature;
    if (here && at + END.size + view.readUInt16LE(at + 20) === view.length) return at;
  }
  throw refusal('it is no zip archive');
}

function readEntry(view: Buffer, at: number, start: number, end: number) {
  if (at + CENTRAL.size > end || view.readUInt32LE(at) !== CENTRAL.signature) {
    throw refusal('its directory is damaged');
  }
  const nameLength = view.readUInt16LE(at + 28);
  const next =
    at + CENTRAL.size + nameLength + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
  if (next > end) throw refusal('its directory is damaged');
  const rawName = view.subarray(at + CENTRAL.size, at + CENTRAL.size + nameLength);
  const name = decodeName(rawName);
  const shown = JSON.stringify(name.slice(0, 100));
  if (view.readUInt16LE(at + 8) & ENCRYPTED) throw refusal(`${shown} is encrypted`);
  const system = view.readUInt8(at + 5);
  const fileType = (view.readUInt32LE(at + 38) >>> 16) & FILE_TYPE;
  if (system === UNIX && !FILE_TYPES.has(fileType)) {
    throw refusal(`${shown} is a link or a special file`);
  }
  const sizes = { packed: view.readUInt32LE(at + 20), size_bytes: view.readUInt32LE(at + 24) };
  if (name.endsWith('/') && sizes.size_bytes > 0) {
    throw refusal(`${shown} is a directory with content`);
  }
  const entry: ZipDirectoryEntry = {
    name,
    method: methodOf(view.readUInt16LE(at + 10), shown),
    packed: locate(view, view.readUInt32LE(at + 42), rawName, sizes.packed, start),
    size_bytes: sizes.size_bytes,
    crc: view.readUInt32LE(at + 16),
  };
  return { entry, next };
}

function methodOf(code: number, shown: string): ZipDirectoryEntry['method'] {
  if (code === 0) return 'stored';
  if (code === 8) return 'deflated';
  throw refusal(`${shown} is packed by an unknown method (${code})`);
}

/** The packed data behind the local header, which must be of the same name. */
function locate(
  view: Buffer,
  at: number,
  rawName: Buffer,
  length: number,
  end: number,
): Uint8Array {
  const damaged = () => refusal(`${JSON.stringify(rawName.toString('utf8', 0, 100))} is damaged`);
  if (at + LOCAL.size > end || view.readUInt32LE(at) !== LOCAL.signature) throw damaged();
  const nameEnd = at + LOCAL.size + view.readUInt16LE(at + 26);
  const from = nameEnd + view.readUInt16LE(at + 28);
  if (from + length > end) throw damaged();
  if (!view.subarray(at + LOCAL.size, nameEnd).equals(rawName)) throw damaged();
  return view.subarray(from, from + length);
}

function decodeName(raw: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch (cause) {
    throw new InvalidInputError(`zip: a name is not UTF-8: ${raw.toString('hex', 0, 40)}`, {
      cause,
    });
  }
}

function refusal(reason: string): InvalidInputError {
  return new InvalidInputError(`zip: ${reason}`);
}
