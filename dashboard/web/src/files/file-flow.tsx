// One way that files go, as a band of lanes. Lanes that nothing is in are narrow.

import { useComputed } from '@preact/signals';
import type { FileSummary, FlowSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { Icon } from '../elements/icon.tsx';
import { formatDuration } from '../format/durations.ts';
import { countOf, formatBytes, formatCount, formatRate } from '../format/quantities.ts';
import { now } from '../model/server-clock.ts';
import { laneLook } from './lane-look.ts';

const FILES_SHOWN = 40;
/** Such as `000123.fits`. */
const TAIL_LENGTH = 11;

const titles: Record<FlowSummary['kind'], string> = {
  handoff: 'Handoff',
  storage: 'Storage area',
  ingester: 'Ingester',
};

export function FileFlow({ flow }: { flow: FlowSummary }) {
  const byState = useFilesByState(flow.id);
  const known = new Set([...flow.states, ...Object.keys(flow.counts), ...byState.keys()]);
  return (
    <section class="flow panel" aria-label={`${titles[flow.kind]} ${flow.name}`}>
      <FlowHead flow={flow} />
      <div class="lanes">
        {[...known].map((state) => (
          <Lane
            key={state}
            state={state}
            counts={flow.counts[state] ?? { files: 0, bytes: 0 }}
            files={byState.get(state) ?? []}
          />
        ))}
      </div>
    </section>
  );
}

function useFilesByState(flow: string): Map<string, FileSummary[]> {
  const { observatory } = usePage();
  return useComputed(() => {
    const byState = new Map<string, FileSummary[]>();
    for (const file of observatory.file.all()) {
      if (file.flow !== flow) continue;
      const files = byState.get(file.state);
      if (files) files.push(file);
      else byState.set(file.state, [file]);
    }
    for (const files of byState.values()) {
      files.sort((one, other) => (other.since_ms ?? 0) - (one.since_ms ?? 0));
    }
    return byState;
  }).value;
}

function FlowHead({ flow }: { flow: FlowSummary }) {
  const { kind, name, lastMinute, rate_mbytes_per_sec: rate, lastError } = flow;
  return (
    <header class="flow-head">
      <h2>
        {titles[kind]} <span class="flow-name">{name}</span>
      </h2>
      <p class="flow-figures">
        <span>
          <strong>{formatCount(lastMinute.files)}</strong> files in the last minute
        </span>
        <span>
          <strong>{formatBytes(lastMinute.bytes)}</strong>
        </span>
        {rate !== null && (
          <span>
            <strong>{formatRate(rate)}</strong>
          </span>
        )}
      </p>
      {lastError && (
        <p class="flow-error" title={lastError.text}>
          <Icon name="alert" />
          <span>
            {lastError.time_ms !== null &&
              `${formatDuration(now.value - lastError.time_ms)} ago: `}
            {lastError.text}
          </span>
        </p>
      )}
    </header>
  );
}

interface LaneProps {
  state: string;
  counts: { files: number; bytes: number };
  files: readonly FileSummary[];
}

function Lane({ state, counts, files }: LaneProps) {
  const { kind, icon } = laneLook(state);
  const shown = files.slice(0, FILES_SHOWN);
  const isEmpty = counts.files === 0 && files.length === 0;
  return (
    <div class={`lane lane-${kind} ${isEmpty ? 'is-empty' : ''}`}>
      <h3 class="lane-name">
        <Icon name={icon} />
        {state}
      </h3>
      <p class="lane-count">
        <strong>{formatCount(counts.files)}</strong>
        {!isEmpty && <span>{formatBytes(counts.bytes)}</span>}
      </p>
      {shown.length > 0 && (
        <ul
          class="lane-files"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too.
          tabIndex={0}
          aria-label={`${countOf(shown.length, 'file')} ${state}`}
        >
          {shown.map((file) => (
            <FileLine key={file.id} file={file} />
          ))}
          {counts.files > shown.length && (
            <li class="lane-more">and {formatCount(counts.files - shown.length)} more</li>
          )}
        </ul>
      )}
    </div>
  );
}

function FileLine({ file }: { file: FileSummary }) {
  const { path, size_bytes, since_ms, attempts, error } = file;
  const age = since_ms === null ? '–' : formatDuration(now.value - since_ms);
  return (
    <li class="file-line">
      <FileName path={path} />
      <span class="file-facts">
        {formatBytes(size_bytes)} · {age}
        {attempts > 1 && ` · attempt ${attempts}`}
      </span>
      {error && (
        <span class="file-error" title={error}>
          {error}
        </span>
      )}
    </li>
  );
}

function FileName({ path }: { path: string }) {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    <span class="file-name" title={path}>
      <span class="file-name-head">{name.slice(0, -TAIL_LENGTH)}</span>
      <span class="file-name-tail">{name.slice(-TAIL_LENGTH)}</span>
    </span>
  );
}
