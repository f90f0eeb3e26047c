// Files whose discovery is still to be recorded. A buffer may hold a hundred thousand files at once:
// their records are made a few at a time, as fast as they are written.

import { type FileRecord, fileRecordId } from '../../../core/dbb/file-record.ts';
import type { Recorder } from '../../records/recorder.ts';
import { recordOf, type WaitingFile, type WaitingFiles } from '../queue/waiting-files.ts';

export interface DiscoveryTarget {
  manager: string;
  files: Recorder<FileRecord>;
  waiting: WaitingFiles;
}

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
  passOn({ manager, files, waiting }: DiscoveryTarget): void {
    while (files.pending < PENDING_ENOUGH) {
      const file = this.#files[this.#next];
      if (!file) break;
      this.#next++;
      if (file.record || waiting.get(file.version.path) !== file) continue;
      files.put(fileRecordId(file.version), () => recordOf(file, manager));
    }
    if (this.#next < this.#files.length) return;
    this.#files = [];
    this.#next = 0;
  }
}
