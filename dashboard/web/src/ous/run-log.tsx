// What the processes of the line said of an OUS while one run was under way; read when it is opened.

import { useSignal } from '@preact/signals';
import { fetchOusLog } from '../connection/api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { ErrorNote } from '../elements/error-note.tsx';
import { LogLines } from '../inspect/log-lines.tsx';
import { now } from '../model/server-clock.ts';
import type { Stay } from '../model/stays.ts';

/** After the OUS left Processing its products are still announced. */
const AFTERWARDS_MS = 60_000;

export function RunLog({ id, stay }: { id: string; stay: Stay | undefined }) {
  const { observatory } = usePage();
  const isOpen = useSignal(false);
  if (observatory.config.value?.hasLogs !== true || stay?.start_ms == null) return null;
  return (
    <details
      class="run-log"
      onToggle={({ currentTarget }) => {
        isOpen.value = currentTarget.open;
      }}
    >
      <summary>Log of this run</summary>
      {isOpen.value && <Lines id={id} from_ms={stay.start_ms} to_ms={stay.end_ms} />}
    </details>
  );
}

interface LinesProps {
  id: string;
  from_ms: number;
  to_ms: number | null;
}

function Lines({ id, from_ms, to_ms }: LinesProps) {
  const span = { from_ms: from_ms - 1_000, to_ms: (to_ms ?? now.peek()) + AFTERWARDS_MS };
  const { value, error } = useFetched(`${id} ${from_ms}`, String(to_ms), (signal) =>
    fetchOusLog(id, span, signal),
  ).value;
  if (error) return <ErrorNote error={error} what="the log" />;
  return value ? <LogLines lines={value.lines} isMixed /> : <p class="soft">Loading…</p>;
}
