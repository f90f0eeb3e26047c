// OUSs by state, redrawn in place on a terminal; elsewhere one line per change.

import { ousStates } from '../../core/ous/life-cycle.ts';
import type { OusDocument } from '../../core/ous/ous.ts';
import { printable, printableLine } from '../../platform/text/printable.ts';
import type { OutputStream } from '../command.ts';

export interface LiveTable {
  /** Shows these OUSs; `changed` are those that differ from the last time. */
  show(ouss: readonly OusDocument[], changed: readonly OusDocument[]): void;
  /** A line above the table. */
  say(text: string): void;
  /** Shows the table for the last time, with a line below it where one is given. */
  close(text?: string): void;
}

const REDRAW_MS = 100;
const DEFAULT_COLUMNS = 100;
const CLEAR_BELOW = '\u001b[J';
const COUNT_WIDTH = 6;
const STATE_WIDTH = Math.max(...ousStates.map((state) => state.length));

export function createLiveTable(stream: OutputStream): LiveTable {
  return stream.isTTY ? terminalTable(stream) : plainLines(stream);
}

function plainLines(stream: OutputStream): LiveTable {
  const shown = new Map<string, string>();
  return {
    show: (_, changed) => {
      for (const ous of changed) {
        const line = printableLine(`${ous.entityId} ${describe(ous)}`);
        if (shown.get(ous.entityId) === line) continue;
        shown.set(ous.entityId, line);
        stream.write(`${printableLine(ous.timestamp.slice(11))} ${line}\n`);
      }
    },
    say: (text) => void stream.write(`${printable(text)}\n`),
    close: (text) => void (text === undefined || stream.write(`${printable(text)}\n`)),
  };
}

function terminalTable(stream: OutputStream): LiveTable {
  let lines: string[] = [];
  let drawn = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const erase = (): string => (drawn > 0 ? `\u001b[${drawn}A\r${CLEAR_BELOW}` : '');
  const draw = (before = ''): void => {
    clearTimeout(timer);
    timer = undefined;
    stream.write(`${erase()}${before}${lines.map((line) => `${line}\n`).join('')}`);
    drawn = lines.length;
  };
  return {
    show: (ouss) => {
      if (closed) return;
      // 0: a terminal that does not know how wide it is.
      lines = tableLines(ouss, stream.columns || DEFAULT_COLUMNS);
      timer ??= setTimeout(() => draw(), REDRAW_MS);
    },
    say: (text) => {
      const line = `${printable(text)}\n`;
      if (closed) stream.write(line);
      else draw(line);
    },
    close: (text) => {
      if (timer) draw();
      closed = true;
      if (text !== undefined) stream.write(`${printable(text)}\n`);
    },
  };
}

/** One line per state that has OUSs or is always shown: how many, and the latest of them. */
export function tableLines(ouss: readonly OusDocument[], columns: number): string[] {
  const rows = ousStates.flatMap((state) => {
    const here = ouss.filter((ous) => ous.state === state);
    const rare = state === 'FullyObserved' || state === 'QA3InProgress';
    if (rare && here.length === 0) return [];
    const latest = here.toSorted((one, other) => (one.timestamp < other.timestamp ? 1 : -1));
    const names = latest.map((ous) => [shortUid(ous), detail(ous)].filter(Boolean).join(' '));
    const count = String(here.length || '·').padStart(COUNT_WIDTH);
    return [`${state.padEnd(STATE_WIDTH)}${count}  ${names.join(', ')}`];
  });
  return ['', ...rows, ''].map((line) => clip(printableLine(line), columns - 1));
}

function describe(ous: OusDocument): string {
  return [ous.state, detail(ous)].filter(Boolean).join(' ');
}

function detail({ substate, flags }: OusDocument): string {
  const executive = flags.PL_PROCESSING_EXECUTIVE;
  return [substate, executive && `at ${executive}`].filter(Boolean).join(' ');
}

function shortUid({ entityId }: OusDocument): string {
  return entityId.replace(/^uid:\/\//, '');
}

function clip(line: string, width: number): string {
  return line.length > width ? `${line.slice(0, Math.max(width - 1, 0))}…` : line;
}
