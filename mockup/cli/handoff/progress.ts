// One line on a terminal that tells how far the manager is.

import type { HandoffStatus } from '../../dbb/handoff/status.ts';
import { printableLine } from '../../platform/text/printable.ts';
import type { OutputStream } from '../command.ts';

export interface Progress {
  show(status: HandoffStatus): void;
  clear(): void;
}

const CLEAR_LINE = '\r\x1b[K';

/** Shows nothing where the stream is no terminal. */
export function createProgress(stream: OutputStream, wanted: boolean): Progress {
  if (!wanted || !stream.isTTY) return { show: () => {}, clear: () => {} };
  return {
    show: (status) => {
      const width = (stream.columns ?? 80) - 1;
      stream.write(`${CLEAR_LINE}${progressLine(status).slice(0, width)}`);
    },
    clear: () => {
      stream.write(CLEAR_LINE);
    },
  };
}

function progressLine(status: HandoffStatus): string {
  const { queued, in_flight, held, rate, endpoint, failures, records } = status;
  const parts = [
    status.state,
    `queued ${queued.files} (${mbytes(queued.bytes)})`,
    `in flight ${in_flight.files}`,
    `held ${held.files} (${mbytes(held.bytes)})`,
    `${rate.mbytes_per_sec.toFixed(1)} MB/s, ${rate.files_per_sec.toFixed(0)} files/s`,
  ];
  if (failures.length > 0) parts.push(`failures ${failures.length}`);
  if (records.error) parts.push(`records waiting ${records.waiting}`);
  if (endpoint.error) parts.push(endpoint.error);
  return printableLine(parts.join(' · '));
}

/** `1.5 GB`; 2^20 bytes are a MB, as in the records. */
export function mbytes(bytes: number): string {
  const mb = bytes / 2 ** 20;
  if (mb >= 1024) return `${(mb / 1024).toFixed(1)} GB`;
  return `${mb.toFixed(mb < 10 ? 1 : 0)} MB`;
}
