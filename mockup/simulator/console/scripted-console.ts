// A person at a terminal who follows a script: what they answer depends on what they are shown.

import type { ListItem, OperatorConsole } from '../../platform/console/operator-console.ts';

export interface OperatorScript {
  /** One of the items, another value, undefined to leave, or `wait` for the list to change. */
  choose?(message: string, items: ListItem[]): string | undefined;
  /** One of the keys, or undefined to leave. */
  press?(message: string, keys: Record<string, string>): string | undefined;
}

/** What a script's `choose` gives where it wants to see the list again after its next change. */
export const WAIT = '\0wait';

export interface ScriptedConsole extends OperatorConsole {
  readonly printed: string[];
}

/** Without a script: nobody is at the terminal, and every question stays open. */
export function createScriptedConsole(script: OperatorScript = {}): ScriptedConsole {
  const printed: string[] = [];
  return {
    printed,
    print: (text) => void printed.push(text),
    chooseFrom: (message, list, signal) =>
      new Promise((resolve) => {
        const end = (answer: string | undefined): void => {
          release();
          signal.removeEventListener('abort', leave);
          resolve(answer);
        };
        const leave = (): void => end(undefined);
        const look = (): void => {
          const answer = script.choose ? script.choose(message, list.items()) : WAIT;
          if (answer !== WAIT) end(answer);
        };
        const release = list.onChange(look);
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) leave();
        else look();
      }),
    chooseKey: (message, keys, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || script.press) {
          resolve(signal.aborted ? undefined : script.press?.(message, keys));
        } else signal.addEventListener('abort', () => resolve(undefined), { once: true });
      }),
  };
}
