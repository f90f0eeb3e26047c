// Adler-32 of a file, as Rucio asks for it: eight hexadecimal digits.

import { createReadStream } from 'node:fs';

const MODULUS = 65_521;
/** So many bytes can be added before the sums could leave what a number holds exactly. */
const STRETCH = 5552;

/** Reads the file as a stream. Rejects with the system's error. */
export async function adler32OfFile(path: string): Promise<string> {
  let a = 1;
  let b = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = chunk as Uint8Array;
    for (let at = 0; at < bytes.length; at += STRETCH) {
      const end = Math.min(at + STRETCH, bytes.length);
      for (let index = at; index < end; index++) {
        a += bytes[index] as number;
        b += a;
      }
      a %= MODULUS;
      b %= MODULUS;
    }
  }
  return (b * 65_536 + a).toString(16).padStart(8, '0');
}
