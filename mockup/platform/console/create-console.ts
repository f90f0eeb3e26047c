// Which console: a terminal on both ends has prompts, anything else has lines.

import {
  type ConsoleStreams,
  createInquirerConsole,
  type TerminalConsole,
} from './inquirer-console.ts';
import { createLineConsole } from './line-console.ts';
import type { OperatorConsole } from './operator-console.ts';

/**
 * `above` is there on a terminal: logs that go to it should be written through that, so that they
 * do not run into an open question.
 */
export function createConsole(
  streams: ConsoleStreams,
): OperatorConsole & Partial<Pick<TerminalConsole, 'above'>> {
  const terminal = isTerminal(streams.input) && isTerminal(streams.output);
  return terminal ? createInquirerConsole(streams) : createLineConsole(streams);
}

function isTerminal(stream: NodeJS.ReadableStream | NodeJS.WritableStream): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}
