// A word of the glossary in a text: what it means appears beside it for the pointer and for the
// keyboard, and Escape puts it away.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { entryOf } from './terms.ts';

export function Term({ name, children }: { name: string; children?: ComponentChildren }) {
  const id = useId();
  const isShown = useSignal(false);
  const entry = entryOf(name);
  if (!entry) return <>{children ?? name}</>;
  const show = (value: boolean) => (): void => {
    isShown.value = value;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the pointer may go on to the meaning.
    <span class="term-place" onMouseEnter={show(true)} onMouseLeave={show(false)}>
      <button
        type="button"
        class="term"
        aria-describedby={id}
        onFocus={show(true)}
        onBlur={show(false)}
        onClick={show(true)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !isShown.value) return;
          event.preventDefault();
          isShown.value = false;
        }}
      >
        {children ?? name}
      </button>
      <span id={id} role="tooltip" class={`term-meaning ${isShown.value ? 'is-shown' : ''}`}>
        {isShown.value && (
          <>
            <strong>{entry.term}</strong> {entry.meaning}
          </>
        )}
      </span>
    </span>
  );
}
