// Puts a text into the clipboard, and says that it did.

import { useSignal } from '@preact/signals';
import { Icon } from './icon.tsx';

const SAID_MS = 2_000;

export function CopyButton({ text, what }: { text: string; what: string }) {
  const said = useSignal('');
  const copy = async (): Promise<void> => {
    said.value = (await put(text)) ? 'copied' : 'not allowed here';
    setTimeout(() => {
      said.value = '';
    }, SAID_MS);
  };
  return (
    <span class="copy-place">
      <button
        type="button"
        class="button icon-only copy-button"
        aria-label={`Copy ${what}`}
        title={`Copy ${what}`}
        onClick={() => void copy()}
      >
        <Icon name={said.value === 'copied' ? 'check' : 'copy'} />
      </button>
      <span class="soft" role="status">
        {said.value}
      </span>
    </span>
  );
}

/** The clipboard is there for pages of this machine and of https alone. */
async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
