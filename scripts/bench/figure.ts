// One measured figure, and how a person reads a list of them.

export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What was aimed at, and whether more or less is better. */
  aim?: { value: number; is: 'at least' | 'at most' };
  note?: string;
}

export function printFigures(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map((figure) => figure.what.length));
  for (const { what, value, unit, aim, note } of figures) {
    const digits = Math.abs(value) >= 100 ? 0 : 2;
    const measured = `${value.toFixed(digits)} ${unit}`.padStart(22);
    const aimed = aim
      ? `   (${aim.is} ${aim.value}${isReached(value, aim) ? '' : ', MISSED'})`
      : '';
    console.log(`  ${what.padEnd(width)} ${measured}${aimed}${note ? `   ${note}` : ''}`);
  }
}

function isReached(value: number, aim: NonNullable<Figure['aim']>): boolean {
  return aim.is === 'at least' ? value >= aim.value : value <= aim.value;
}
