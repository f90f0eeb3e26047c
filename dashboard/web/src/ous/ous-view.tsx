// All that is known of one OUS: where it is, its way there, the Pipeline's runs with what they made,
// its delivery, and the messages about it.

import { useRef } from 'preact/hooks';
import { documentId } from '../../../../mockup/core/identifiers.ts';
import { fetchOus, fetchOusMessages } from '../connection/api.ts';
import { usePage } from '../connection/observatory-context.ts';
import { useFetched } from '../connection/use-fetched.ts';
import { OusActs } from '../control/ous-acts.tsx';
import { ErrorNote } from '../elements/error-note.tsx';
import { isComplete } from '../model/ous-complete.ts';
import { pipelineAttempts } from '../model/pipeline-attempts.ts';
import { HistoryList } from './history-list.tsx';
import { MessageList } from './message-list.tsx';
import { OusHead } from './ous-head.tsx';
import { OusMissing } from './ous-missing.tsx';
import { PipelineRuns } from './pipeline-runs.tsx';
import { WayStrip } from './way-strip.tsx';

export function OusView({ id }: { id: string }) {
  const { observatory, connection } = usePage();
  // The address may name it by its UID.
  const live = observatory.ous.watch(id) ?? observatory.ous.watch(documentId(id));
  const tables = ['reports', 'ngas', 'deliveries'].map((name) => observatory.table.watch(name));
  const isLive = connection.status.value.state === 'live';
  const changed = `${isLive} ${live?.changed_ms}`;
  const knowsAll = useRef(false);
  const others = knowsAll.current ? [] : tables.map((table) => table?.revision);
  const revision = [changed, ...others].join(' ');
  const detail = useFetched(id, revision, (signal) => fetchOus(id, signal)).value;
  knowsAll.current = detail.value !== undefined && isComplete(detail.value);
  const messages = useFetched(id, changed, (signal) => fetchOusMessages(id, signal)).value;
  const summary = live ?? detail.value?.summary;

  if (!summary) {
    return detail.error ? (
      <OusMissing id={id} error={detail.error} />
    ) : (
      <p class="empty-note">Loading {id}…</p>
    );
  }
  const attempts = detail.value && pipelineAttempts(detail.value.history, detail.value.runs);
  return (
    <div class="ous">
      <OusHead ous={summary} runs={attempts?.length ?? summary.runs} />
      {detail.error && <ErrorNote error={detail.error} what="its history" />}
      {detail.value && <WayStrip history={detail.value.history} />}
      <OusActs ous={summary} run={attempts?.find(({ run }) => run)?.run} />
      <div class="ous-columns">
        <section class="panel ous-history" aria-labelledby="history-title">
          <h2 id="history-title">History</h2>
          {detail.value && <HistoryList history={detail.value.history} />}
        </section>
        <div class="ous-side">
          {detail.value && attempts && (
            <PipelineRuns id={summary.id} attempts={attempts} delivery={detail.value.delivery} />
          )}
          <MessageList messages={messages} />
        </div>
      </div>
    </div>
  );
}
