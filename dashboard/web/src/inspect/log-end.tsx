// The end of a process's log, read again every few seconds while it is looked at.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fetchLog } from '../connection/api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { LogLines } from './log-lines.tsx';

const AGAIN_MS = 3_000;

export function LogEnd({ process }: { process: string }) {
  const { observatory } = usePage();
  const turn = useSignal(0);
  const hasLogs = observatory.config.value?.hasLogs === true;
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') turn.value += 1;
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  if (!hasLogs) return null;
  return <Log process={process} turn={turn.value} />;
}

function Log({ process, turn }: { process: string; turn: number }) {
  const { value } = useFetched(process, String(turn), (signal) => fetchLog(process, signal)).value;
  return (
    <>
      <h3>End of its log</h3>
      {value ? <LogLines lines={value.lines} /> : <p class="soft">It has none here.</p>}
    </>
  );
}
