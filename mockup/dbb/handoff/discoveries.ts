// Files whose discovery is still to be recorded. A buffer may hold a hundred thousand files at once:
// their records are made a few at a time, as fast as they are written.

import { fileRecordId } from '../../core/dbb/file-record.ts';
import { recordOf } from './file-reports.ts';
import type { HandoffParts } from './parts.ts';
import type { WaitingFile } from './waiting-files.ts';

const PENDING_ENOUGH = 2000;

export class Discoveries {
  #files: WaitingFile[] = [];
  #next = 0;

  get waiting(): number {
    return this.#files.length - this.#next;
  }

  add(file: WaitingFile): void {
    this.#files.push(file);
  }

  /** Passes on as many as the recorder should have; those with a later story need none. */
  passOn(parts: Pick<HandoffParts, 'manager' | 'files' | 'waiting'>): void {
    while (parts.files.pending < PENDING_ENOUGH) {
      const file = this.#files[this.#next];
      if (!file) break;
      this.#next++;
      if (file.record || parts.waiting.get(file.version.path) !== file) continue;
      parts.files.put(fileRecordId(file.version), () => recordOf(parts, file));
    }
    if (this.#next < this.#files.length) return;
    this.#files = [];
    this.#next = 0;
  }
}
