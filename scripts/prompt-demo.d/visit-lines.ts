// The visits on the screen: redrawn in place on a terminal; elsewhere a line for each change.

const CLEAR_BELOW = '\u001b[J';

export function createVisitTable(stream: NodeJS.WriteStream): { show(lines: string[]): void } {
  let drawn: string[] = [];
  return {
    show: (lines) => {
      const changed = lines.filter((line) => !drawn.includes(line));
      if (changed.length === 0) return;
      if (stream.isTTY) {
        const up = drawn.length > 0 ? `\u001b[${drawn.length}A\r${CLEAR_BELOW}` : '';
        const width = stream.columns || 100;
        stream.write(`${up}${lines.map((line) => `${line.slice(0, width - 1)}\n`).join('')}`);
      } else for (const line of changed) stream.write(`${line}\n`);
      drawn = lines;
    },
  };
}
