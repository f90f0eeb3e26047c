// The question for one of a few keys; the key is confirmed by Enter.

import { styleText } from 'node:util';
import {
  createPrompt,
  isEnterKey,
  useEffect,
  useKeypress,
  usePrefix,
  useState,
} from '@inquirer/core';
import { printableLine } from '../text/printable.ts';
import { findKey, keyLabels } from './key-choice.ts';
import { onInputEnd } from './prompt-line.ts';

export interface KeyPromptConfig {
  message: string;
  keys: Record<string, string>;
  /** What was typed before an interruption; kept by the caller. */
  memory: { typed: string };
  /** Called at the end of input. */
  onLeave(): void;
}

export const keyPrompt = createPrompt<string, KeyPromptConfig>((config, done) => {
  const { keys, memory } = config;
  const [typed, setTyped] = useState(memory.typed);
  const [refused, setRefused] = useState('');
  const [answer, setAnswer] = useState<string | undefined>(undefined);
  const prefix = usePrefix({ status: answer === undefined ? 'idle' : 'done' });

  useEffect((rl) => {
    onInputEnd(rl, config.onLeave);
    if (memory.typed !== '') rl.write(memory.typed);
  }, []);

  useKeypress((key, rl) => {
    if (!isEnterKey(key)) {
      memory.typed = rl.line;
      setTyped(rl.line);
      setRefused('');
      return;
    }
    const chosen = findKey(keys, typed);
    if (chosen !== undefined) {
      setAnswer(chosen);
      return done(chosen);
    }
    // The line is empty now; the person begins again.
    memory.typed = '';
    setTyped('');
    setRefused(typed === '' ? '' : typed);
  });

  const message = styleText('bold', printableLine(config.message));
  if (answer !== undefined) {
    return `${prefix} ${message} ${styleText('cyan', printableLine(keys[answer] ?? answer))}`;
  }
  const expected = Object.keys(keys).join(', ');
  const error = `> ${printableLine(refused)} is none of ${expected}`;
  const header = `${prefix} ${message} ${printableLine(keyLabels(keys))}: ${typed}`;
  return [header, refused === '' ? '' : styleText('red', error)];
});
