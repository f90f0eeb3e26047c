// Squares on a canvas, as many as there are OUSs, filling up from the bottom row by row. They are
// equally large in all columns, and as large as the fullest column allows.

const SQUARE_MAX = 9;
const GAP_SHARE = 0.25;

export function drawSquares(canvas: HTMLCanvasElement, count: number, most: number): void {
  const scale = devicePixelRatio;
  const width = canvas.clientWidth * scale;
  const height = canvas.clientHeight * scale;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const drawing = canvas.getContext('2d');
  if (!drawing || width === 0) return;
  drawing.clearRect(0, 0, width, height);
  drawing.fillStyle = getComputedStyle(canvas).color;
  const pitch = pitchFor(width, height, most, SQUARE_MAX * scale);
  const size = pitch * (1 - GAP_SHARE);
  const perRow = Math.max(1, Math.floor(width / pitch));
  for (let index = 0; index < count; index++) {
    const row = Math.floor(index / perRow);
    drawing.fillRect((index % perRow) * pitch, height - (row + 1) * pitch, size, size);
  }
}

/** The largest distance between squares at which `most` of them have room. */
function pitchFor(width: number, height: number, most: number, largest: number): number {
  let pitch = largest;
  while (pitch > 1 && Math.floor(width / pitch) * Math.floor(height / pitch) < most) pitch *= 0.94;
  return pitch;
}
