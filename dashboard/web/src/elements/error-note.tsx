// What could not be shown, and why.

import { Icon } from './icon.tsx';

export function ErrorNote({ error, what }: { error: Error; what: string }) {
  return (
    <p class="error-note" role="alert">
      <Icon name="alert" />
      <span>
        Could not load {what}: {error.message}
      </span>
    </p>
  );
}
