// The line that a person types into a prompt. Inquirer's type shows only a part of the readline
// interface that it hands to its hooks.

import type { Interface } from 'node:readline';
import type { useEffect } from '@inquirer/core';

export type PromptReadline = Parameters<Parameters<typeof useEffect>[0]>[0];

/** Calls back when the input has ended (Ctrl-D, a closed terminal), and at the prompt's end. */
export function onInputEnd(rl: PromptReadline, callback: () => void): void {
  asInterface(rl).once('close', callback);
}

/** Makes the typed line be `text`, whatever readline did to it. */
export function restoreLine(rl: PromptReadline, text: string): void {
  if (rl.line === text) return;
  const line = asInterface(rl);
  line.write(null, { ctrl: true, name: 'e' });
  line.write(null, { ctrl: true, name: 'u' });
  line.write(text);
}

function asInterface(rl: PromptReadline): Interface {
  return rl as unknown as Interface;
}
