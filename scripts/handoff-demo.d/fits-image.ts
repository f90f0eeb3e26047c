// Made-up but valid FITS images: a header as LATISS writes it, and noise.

import { randomFillSync } from 'node:crypto';

export interface ImageOptions {
  /** The name of the exposure, such as AT_O_20201231_000001. */
  observation: string;
  day: string;
  columns: number;
  rows: number;
}

const BLOCK_BYTES = 2880;
const CARD_LENGTH = 80;

/** The size of a raw LATISS image, 14.9 MB. */
export const latissSize = { columns: 4096, rows: 1819 };
export const smallSize = { columns: 64, rows: 64 };

export function fitsImage({ observation, day, columns, rows }: ImageOptions): Buffer {
  const header = headerOf([
    ['SIMPLE', 'T'],
    ['BITPIX', 16],
    ['NAXIS', 2],
    ['NAXIS1', columns],
    ['NAXIS2', rows],
    ['BZERO', 32768],
    ['BSCALE', 1],
    ['TELESCOP', "'AuxTel  '"],
    ['INSTRUME', "'LATISS  '"],
    ['OBSID', `'${observation}'`],
    ['DATE-OBS', `'${day}T23:59:59.000'`],
    ['IMGTYPE', "'OBJECT  '"],
    ['EXPTIME', '30.0'],
  ]);
  const data = Buffer.alloc(wholeBlocks(columns * rows * 2));
  randomFillSync(data, 0, columns * rows * 2);
  return Buffer.concat([header, data]);
}

function headerOf(values: readonly (readonly [string, string | number])[]): Buffer {
  const cards = values.map(([name, value]) => {
    const isText = String(value).startsWith("'");
    const shown = isText ? String(value) : String(value).padStart(20);
    return `${name.padEnd(8)}= ${shown}`.padEnd(CARD_LENGTH);
  });
  const text = `${cards.join('')}${'END'.padEnd(CARD_LENGTH)}`;
  return Buffer.from(text.padEnd(wholeBlocks(text.length)), 'latin1');
}

function wholeBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}
