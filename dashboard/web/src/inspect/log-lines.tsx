// Lines of logs, oldest first, with the newest in sight.

import { useEffect, useRef } from 'preact/hooks';
import type { LogLine } from '../../../protocol/json-api.ts';
import { formatClock } from '../format/moments.ts';

const WARN = 40;
const ERROR = 50;

interface LogLinesProps {
  lines: readonly LogLine[];
  /** Of several processes: each line names its own. */
  isMixed?: boolean;
}

export function LogLines({ lines, isMixed = false }: LogLinesProps) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [lines.length]);
  if (lines.length === 0) return <p class="soft">Nothing.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too.
    <ol class="log-lines" ref={list} tabIndex={0} aria-label="Lines of the log">
      {lines.map(({ time_ms, level, process, text }, index) => (
        <li key={`${index} ${time_ms}`} class={kindOf(level)}>
          <span class="faint">{time_ms === null ? '' : formatClock(time_ms)}</span>{' '}
          {isMixed && <strong>{process} </strong>}
          {text}
        </li>
      ))}
    </ol>
  );
}

function kindOf(level: number | null): string {
  if (level === null || level < WARN) return '';
  return level >= ERROR ? 'is-error' : 'is-warning';
}
