// The dashboard's end of the talk with `draws up`.

import type { LineState } from '../../../dashboard/server/control/control.ts';
import { AppError } from '../../core/errors.ts';
import {
  type FromLine,
  type LineAct,
  readFromLine,
  type ToLine,
} from '../lifeline/line-protocol.ts';

interface Pending {
  resolve(text: string): void;
  reject(error: Error): void;
}

const ANSWER_LIMIT_MS = 20_000;

export class LineClient {
  readonly #pending = new Map<number, Pending>();
  readonly #callbacks = new Set<(state: LineState) => void>();
  #state: LineState | undefined;
  #asked = 0;

  constructor() {
    process.on('message', (message) => {
      const told = readFromLine(message);
      if (told) this.#take(told);
    });
    // Its parent's end ends this process; until then the channel keeps nobody running.
    process.channel?.unref();
    this.#tell({ control: 'hello' });
  }

  onState(callback: (state: LineState) => void): void {
    this.#callbacks.add(callback);
    if (this.#state) callback(this.#state);
  }

  record(text: string): void {
    this.#tell({ control: 'record', text });
  }

  token(token: string): void {
    this.#tell({ control: 'token', token });
  }

  /** Throws AppError as the line says. */
  ask(act: LineAct): Promise<string> {
    const id = ++this.#asked;
    return new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#pending.delete(id);
        reject(new AppError('line_silent', 'the line does not answer', { retriable: true }));
      }, ANSWER_LIMIT_MS);
      const end = <T>(settle: (value: T) => void) => {
        return (value: T): void => {
          clearTimeout(late);
          this.#pending.delete(id);
          settle(value);
        };
      };
      this.#pending.set(id, { resolve: end(resolve), reject: end(reject) });
      this.#tell({ control: 'ask', id, act });
    });
  }

  #tell(message: ToLine): void {
    if (process.connected) process.send?.(message, () => {});
  }

  #take(told: FromLine): void {
    switch (told.control) {
      case 'state':
        this.#state = told.state;
        for (const callback of this.#callbacks) callback(told.state);
        break;
      case 'answer':
        this.#pending.get(told.id)?.resolve(told.text);
        break;
      case 'refusal':
        this.#pending.get(told.id)?.reject(new AppError(told.code, told.message));
        break;
      default:
    }
  }
}
