// The sites of the observatory: JAO in Chile and the three ALMA Regional Centres.

export const executives = ['EA', 'EU', 'JAO', 'NA'] as const;

export type Executive = (typeof executives)[number];

export function isExecutive(value: unknown): value is Executive {
  return executives.includes(value as Executive);
}
