// A button that does something to the line. One that can't be undone asks once more in its own place.

import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Act } from '../../../protocol/control.ts';
import { useControl } from './use-control.ts';

interface ActButtonProps {
  act: Act;
  /** What a screen reader says, where the text alone does not say of what. */
  label?: string;
  disabled?: boolean;
  pressed?: boolean;
  /** Asks: the text of the second press. */
  confirm?: string;
  kind?: 'good' | 'bad';
  /** The key that presses it, where the view says so. */
  shortcut?: string;
  children?: ComponentChildren;
}

export function ActButton(props: ActButtonProps) {
  const control = useControl();
  const isAsking = useSignal(false);
  if (!control) return null;
  const { act, label, disabled, pressed, confirm, kind = '', shortcut } = props;
  const press = (): void => {
    if (confirm && !isAsking.value) isAsking.value = true;
    else {
      isAsking.value = false;
      void control.act(act);
    }
  };
  return (
    <button
      type="button"
      class={`button act-button ${kind} ${isAsking.value ? 'is-asking' : ''}`}
      disabled={disabled}
      aria-disabled={control.isActing}
      aria-pressed={pressed}
      aria-label={isAsking.value ? undefined : label}
      aria-keyshortcuts={shortcut}
      data-shortcut={shortcut}
      onClick={press}
      onBlur={() => {
        isAsking.value = false;
      }}
    >
      {isAsking.value ? confirm : props.children}
      {shortcut && <KeySign name={shortcut} />}
    </button>
  );
}

/** A screen reader is told by `aria-keyshortcuts`. */
function KeySign({ name }: { name: string }) {
  return (
    <span class="key" aria-hidden="true">
      {name}
    </span>
  );
}
