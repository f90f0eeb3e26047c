// Reduces the colours of a picture to a palette: what a screenshot of flat areas and text needs to
// be a third of its size. The box of colours that differ most is cut in two until there are enough.

const CHANNELS = 3;

/** Red, green, blue and how many pixels have it. */
type Colour = [red: number, green: number, blue: number, pixels: number];

export interface Palette {
  colours: [red: number, green: number, blue: number][];
  /** Of a pixel, by `red << 16 | green << 8 | blue`. */
  indexOf: ReadonlyMap<number, number>;
}

/** `rgb`: three bytes per pixel. */
export function makePalette(rgb: Uint8Array, size: number): Palette {
  const counts = new Map<number, number>();
  for (let at = 0; at < rgb.length; at += CHANNELS) {
    const key = keyOf(rgb, at);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const all = [...counts].map(([key, pixels]): Colour => {
    return [key >> 16, (key >> 8) & 255, key & 255, pixels];
  });
  const boxes = [all];
  while (boxes.length < size) {
    const widest = boxes.reduce((one, other) => (spread(other) > spread(one) ? other : one));
    if (spread(widest) === 0) break;
    boxes.splice(boxes.indexOf(widest), 1, ...halves(widest));
  }
  const indexOf = new Map<number, number>();
  for (const [index, box] of boxes.entries()) {
    for (const [red, green, blue] of box) indexOf.set((red << 16) | (green << 8) | blue, index);
  }
  return { colours: boxes.map(average), indexOf };
}

export function keyOf(rgb: Uint8Array, at: number): number {
  return ((rgb[at] ?? 0) << 16) | ((rgb[at + 1] ?? 0) << 8) | (rgb[at + 2] ?? 0);
}

/** How far the colours of a box are from each other, with some regard to how many pixels it has. */
function spread(box: readonly Colour[]): number {
  const pixels = box.reduce((sum, colour) => sum + colour[3], 0);
  return rangeOf(box, widestChannel(box)) * Math.sqrt(Math.sqrt(pixels));
}

function halves(box: Colour[]): [Colour[], Colour[]] {
  const channel = widestChannel(box);
  const sorted = box.toSorted((one, other) => one[channel] - other[channel]);
  const weight = (colour: Colour): number => Math.sqrt(colour[3]);
  const half = sorted.reduce((sum, colour) => sum + weight(colour), 0) / 2;
  let sum = 0;
  const middle = sorted.findIndex((colour) => (sum += weight(colour)) >= half) + 1;
  const cut = Math.min(sorted.length - 1, Math.max(1, middle));
  return [sorted.slice(0, cut), sorted.slice(cut)];
}

function widestChannel(box: readonly Colour[]): 0 | 1 | 2 {
  const ranges = ([0, 1, 2] as const).map((channel) => rangeOf(box, channel));
  return ranges.indexOf(Math.max(...ranges)) as 0 | 1 | 2;
}

function rangeOf(box: readonly Colour[], channel: 0 | 1 | 2): number {
  let [least, most] = [255, 0];
  for (const colour of box) {
    least = Math.min(least, colour[channel]);
    most = Math.max(most, colour[channel]);
  }
  return Math.max(0, most - least);
}

function average(box: readonly Colour[]): [number, number, number] {
  const pixels = box.reduce((sum, colour) => sum + colour[3], 0);
  const mean = (channel: 0 | 1 | 2): number =>
    Math.round(box.reduce((sum, colour) => sum + colour[channel] * colour[3], 0) / pixels);
  return [mean(0), mean(1), mean(2)];
}
