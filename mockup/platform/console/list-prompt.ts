// The question for one of a list that changes while the person looks at it: search by typing,
// arrow and page keys, Enter. A pasted value that is not in the list is taken too.

import { styleText } from 'node:util';
import {
  createPrompt,
  isDownKey,
  isEnterKey,
  isTabKey,
  isUpKey,
  type KeypressEvent,
  useEffect,
  useKeypress,
  usePagination,
  usePrefix,
  useRef,
  useState,
} from '@inquirer/core';
import { printableLine } from '../text/printable.ts';
import { itemLine } from './item-line.ts';
import { chosenValue, type ListView, movedIndex, viewList } from './list-view.ts';
import type { ListItem, LiveList } from './operator-console.ts';
import { onInputEnd, type PromptReadline, restoreLine } from './prompt-line.ts';

export interface ListPromptConfig {
  message: string;
  list: LiveList;
  /** Kept by the caller, so that a prompt that was interrupted goes on where it was. */
  memory: ListPromptMemory;
  /** Called at the end of input. */
  onLeave(): void;
}

interface ListPromptMemory {
  term: string;
  activeValue: string | undefined;
  index: number;
}

const PAGE_SIZE = 10;
const HELP = 'type to search • ↑↓ move • Enter choose • Ctrl-C leave';

export const listPrompt = createPrompt<string, ListPromptConfig>((config, done) => {
  const { memory, list } = config;
  const [, setRound] = useState(0);
  const [answer, setAnswer] = useState<string | undefined>(undefined);
  const round = useRef(0);
  const redraw = () => setRound(++round.current);
  const prefix = usePrefix({ status: answer === undefined ? 'idle' : 'done' });

  useEffect((rl) => {
    onInputEnd(rl, config.onLeave);
    if (memory.term !== '') rl.write(memory.term);
    return followList(list, redraw);
  }, []);

  const items = list.items();
  const view = viewList(items, memory.term, memory.activeValue, memory.index);
  memory.activeValue = view.active?.value ?? memory.activeValue;
  memory.index = view.index;

  useKeypress((key, rl) => {
    if (isEnterKey(key)) {
      const value = chosenValue(items, view, memory.term);
      if (value === undefined) return restoreLine(rl, memory.term);
      setAnswer(value);
      return done(value);
    }
    if (!applyKey(key, rl, view, memory)) return;
    redraw();
  });

  const page = usePagination({
    items: view.matches,
    active: view.index,
    pageSize: PAGE_SIZE,
    loop: false,
    renderItem: ({ item }) => renderItem(item, item === view.active),
  });
  const message = styleText('bold', printableLine(config.message));
  if (answer !== undefined) {
    return `${prefix} ${message} ${styleText('cyan', printableLine(answer))}`;
  }
  const state = describeState(items, view, memory);
  const body = [page, state, styleText('dim', HELP)].filter((part) => part !== '').join('\n');
  return [`${prefix} ${message} ${memory.term}`, body];
});

/** Many changes at a time give one redraw. */
function followList(list: LiveList, redraw: () => void): () => void {
  let scheduled: NodeJS.Immediate | undefined;
  const unfollow = list.onChange(() => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined;
      redraw();
    });
  });
  return () => {
    unfollow();
    clearImmediate(scheduled);
  };
}

/** Returns whether anything has changed. */
function applyKey(
  key: KeypressEvent,
  rl: PromptReadline,
  view: ListView,
  memory: ListPromptMemory,
): boolean {
  const step = stepOf(key);
  if (step !== undefined || isTabKey(key)) {
    // readline has moved through its own history, or inserted a tab.
    restoreLine(rl, memory.term);
    if (step === undefined) return false;
    memory.index = movedIndex(view, step);
    memory.activeValue = view.matches[memory.index]?.value;
    return true;
  }
  if (rl.line === memory.term) return false;
  Object.assign(memory, { term: rl.line, activeValue: undefined, index: 0 });
  return true;
}

function stepOf(key: KeypressEvent): number | undefined {
  if (isUpKey(key)) return -1;
  if (isDownKey(key)) return 1;
  if (key.name === 'pageup') return -PAGE_SIZE;
  return key.name === 'pagedown' ? PAGE_SIZE : undefined;
}

function renderItem(item: ListItem, active: boolean): string {
  const line = itemLine(item);
  return active ? styleText('cyan', `❯ ${line}`) : `  ${line}`;
}

function describeState(items: ListItem[], view: ListView, memory: ListPromptMemory): string {
  if (items.length === 0 && memory.term === '') {
    return styleText('dim', 'nothing is waiting; what comes appears here by itself');
  }
  if (view.matches.length === 0) {
    return styleText('dim', 'nothing in the list matches; Enter takes what you typed');
  }
  if (view.active === undefined) {
    const gone = printableLine(memory.activeValue ?? '');
    return styleText('yellow', `${gone} has left the list; move to choose another`);
  }
  return styleText('dim', `${view.index + 1} of ${view.matches.length}`);
}
