// Curves as an SVG picture: one panel under the other, each with its own scale from zero.

export interface Curve {
  name: string;
  unit: string;
  points: (readonly [x: number, y: number])[];
}

const WIDTH = 720;
const PANEL = 130;
const LEFT = 70;
const RIGHT = 20;
const TOP = 26;
const BOTTOM = 22;
const STYLE =
  'text{font:12px sans-serif;fill:#333}.axis{stroke:#999}.curve{fill:none;stroke:#1f6fb2;stroke-width:2}';

export function drawCurves(xName: string, curves: readonly Curve[]): string {
  const height = curves.length * PANEL + BOTTOM;
  const panels = curves.map((curve, index) => panel(curve, index * PANEL));
  const xMax = Math.max(...curves.flatMap(({ points }) => points.map(([x]) => x)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}">`,
    '<title>Speed, memory and database files while OUSs go through</title>',
    `<style>${STYLE}</style><rect width="100%" height="100%" fill="white"/>`,
    ...panels,
    `<text x="${WIDTH - RIGHT}" y="${height - 6}" text-anchor="end">${xMax} ${xName}</text>`,
    '</svg>\n',
  ].join('\n');
}

function panel({ name, unit, points }: Curve, y0: number): string {
  const xMax = Math.max(...points.map(([x]) => x), 1);
  const yMax = Math.max(...points.map(([, y]) => y), 1e-9) * 1.1;
  const bottom = y0 + PANEL - 8;
  const x = (value: number) => LEFT + (value / xMax) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => bottom - (value / yMax) * (PANEL - TOP - 8);
  const line = points.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ');
  const top = yMax >= 100 ? yMax.toFixed(0) : yMax.toFixed(1);
  return [
    `<text x="${LEFT}" y="${y0 + 16}">${name}, ${unit}</text>`,
    `<line class="axis" x1="${LEFT}" y1="${bottom}" x2="${WIDTH - RIGHT}" y2="${bottom}"/>`,
    `<line class="axis" x1="${LEFT}" y1="${y0 + TOP}" x2="${LEFT}" y2="${bottom}"/>`,
    `<text x="${LEFT - 6}" y="${y0 + TOP + 6}" text-anchor="end">${top}</text>`,
    `<text x="${LEFT - 6}" y="${bottom}" text-anchor="end">0</text>`,
    `<polyline class="curve" points="${line}"/>`,
  ].join('\n');
}
