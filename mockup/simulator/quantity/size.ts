// Sizes and rates as people write them: `16.9 GB`, `200 Mbit/s`. Inside they are bytes, and bytes a
// second; a thousand bytes are a kilobyte.

const UNITS_BYTES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 } as const;
const UNITS_BIT = { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 } as const;

export const SIZE_PATTERN = /^(\d+(?:\.\d+)?)\s*([kMGTP]?B)$/;
export const RATE_PATTERN = /^(\d+(?:\.\d+)?)\s*([kMG]?bit\/s)$/;

/** Bytes; undefined for what is no size. */
export function readSize(text: string): number | undefined {
  const [, amount, unit] = SIZE_PATTERN.exec(text) ?? [];
  return amount === undefined
    ? undefined
    : Number(amount) * UNITS_BYTES[unit as keyof typeof UNITS_BYTES];
}

/** Bytes a second; undefined for what is no rate. */
export function readRate(text: string): number | undefined {
  const [, amount, unit] = RATE_PATTERN.exec(text) ?? [];
  return amount === undefined
    ? undefined
    : (Number(amount) * UNITS_BIT[unit as keyof typeof UNITS_BIT]) / 8;
}

export function showSize(bytes: number): string {
  const [unit, size] = Object.entries(UNITS_BYTES).findLast(([, one]) => bytes >= one) ?? ['B', 1];
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}

export function showRate(bytes_s: number): string {
  const bits = bytes_s * 8;
  const [unit, size] = Object.entries(UNITS_BIT).findLast(([, one]) => bits >= one) ?? [
    'bit/s',
    1,
  ];
  return `${Number((bits / size).toPrecision(3))} ${unit}`;
}
