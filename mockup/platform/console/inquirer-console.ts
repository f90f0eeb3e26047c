// A person at a terminal. What is printed while a question is open appears above it: the question
// is taken away, the text printed, and the question asked again where it was.

import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { printable } from '../text/printable.ts';
import { keyPrompt } from './key-prompt.ts';
import { listPrompt } from './list-prompt.ts';
import type { OperatorConsole } from './operator-console.ts';

export interface ConsoleStreams {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
}

export interface TerminalConsole extends OperatorConsole {
  /** Takes whole lines, of a log, and shows them above an open question. */
  above: { write(text: string): void };
}

interface PromptContext extends ConsoleStreams {
  signal: AbortSignal;
  readonly clearPromptOnDone: boolean;
}

type Ask = (context: PromptContext, onLeave: () => void) => Promise<string>;

export function createInquirerConsole(streams: ConsoleStreams): TerminalConsole {
  const waiting: string[] = [];
  let interrupt: (() => void) | undefined;

  const write = (text: string) => {
    if (interrupt === undefined) {
      streams.output.write(text);
      return;
    }
    waiting.push(text);
    interrupt();
  };

  const ask = async (question: Ask, signal: AbortSignal): Promise<string | undefined> => {
    while (!signal.aborted) {
      const round = askOnce(question, streams, signal);
      interrupt = round.interrupt;
      const { answer, interrupted } = await round.result;
      interrupt = undefined;
      for (const text of waiting.splice(0)) streams.output.write(text);
      if (!interrupted) return answer;
    }
    return undefined;
  };

  return {
    print: (text) => write(`${printable(text)}\n`),
    above: { write },
    chooseFrom(message, list, signal) {
      const memory = { term: '', activeValue: undefined, index: 0 };
      return ask(
        (context, onLeave) => listPrompt({ message, list, memory, onLeave }, context),
        signal,
      );
    },
    chooseKey(message, keys, signal) {
      const memory = { typed: '' };
      return ask(
        (context, onLeave) => keyPrompt({ message, keys, memory, onLeave }, context),
        signal,
      );
    },
  };
}

function askOnce(question: Ask, { input, output }: ConsoleStreams, signal: AbortSignal) {
  const controller = new AbortController();
  let interrupted = false;
  const context: PromptContext = {
    input,
    output: withoutEnd(output),
    signal: AbortSignal.any([signal, controller.signal]),
    get clearPromptOnDone() {
      return interrupted;
    },
  };
  const result = question(context, () => controller.abort()).then(
    (answer) => ({ answer, interrupted: false }),
    (error) => {
      if (!isLeaving(error)) throw error;
      return { answer: undefined, interrupted };
    },
  );
  return {
    result,
    interrupt: () => {
      interrupted = true;
      controller.abort();
    },
  };
}

/** The prompt ends its output after the answer; the terminal is used again. */
function withoutEnd(output: NodeJS.WritableStream): NodeJS.WritableStream {
  const through = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      output.write(chunk);
      done();
    },
  });
  const { columns, rows } = output as WriteStream;
  return Object.assign(through, { columns, rows, isTTY: true });
}

/** Ctrl-C, the end of input, or an aborted signal. */
function isLeaving(error: unknown): boolean {
  return (
    error instanceof Error &&
    ['ExitPromptError', 'AbortPromptError', 'CancelPromptError'].includes(error.name)
  );
}
