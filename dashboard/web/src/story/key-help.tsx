// What `?` shows: the keys, and the words of the field.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { glossary } from '../glossary/terms.ts';

export const isHelpShown = signal(false);

const keys = [
  ['1 … 7', 'the views, in the order of their tabs'],
  ['/', 'the search field of the view'],
  ['s', 'search everything'],
  ['↓', 'the first card of the board; then arrows, Home, End, Enter'],
  ['t', 'begin or end the guided tour'],
  ['b', 'presentation: big type, whole screen'],
  ['Space', 'pause, and go on'],
  ['Esc', 'back from an OUS; close what is open'],
  ['?', 'this'],
] as const;

export function KeyHelp() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isShown = isHelpShown.value;
  useEffect(() => {
    if (isShown && dialog.current && !dialog.current.open) dialog.current.showModal();
  }, [isShown]);
  if (!isShown) return null;
  const close = (): void => {
    isHelpShown.value = false;
  };
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <header>
        <h2 id="help-title">Keys and words</h2>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too. */}
      <section class="help-body" tabIndex={0} aria-labelledby="help-title">
        <h3>Keys</h3>
        <dl class="help-keys">
          {keys.map(([key, what]) => (
            <div key={key}>
              <dt>
                <span class="key">{key}</span>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <p class="soft">A button that shows a letter can be pressed by it.</p>
        <h3>Words</h3>
        <dl class="help-words">
          {glossary.map(({ term, meaning }) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{meaning}</dd>
            </div>
          ))}
        </dl>
      </section>
    </dialog>
  );
}
