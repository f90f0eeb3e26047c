// The files of the DBB managers: for each way that files go a band with one lane per state, and the
// last transfers.

import type { FlowSummary } from '../../../protocol/summaries.ts';
import { usePage } from '../connection/observatory-context.ts';
import { BatchList } from './batch-list.tsx';
import { FileFlow } from './file-flow.tsx';

const order: readonly FlowSummary['kind'][] = ['handoff', 'storage', 'ingester'];

export function FilesView() {
  const { observatory } = usePage();
  const flows = observatory.flow
    .all()
    .sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by the keyboard too.
    <section class="files" tabIndex={0} aria-label="Files">
      <h1 class="visually-hidden">Files of the buffer managers</h1>
      {flows.length === 0 && (
        <p class="empty-note">
          No file records at this site: neither a handoff manager nor an endpoint manager has
          written to its databases yet.
        </p>
      )}
      {flows.map((flow) => (
        <FileFlow key={flow.id} flow={flow} />
      ))}
      <BatchList />
    </section>
  );
}

function rank({ kind }: FlowSummary): number {
  return order.indexOf(kind);
}
