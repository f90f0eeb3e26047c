// A directory tree that is watched: what appears, changes or vanishes is told soon after it
// happens, by events of the file system, and at the latest by the next scan. All of it runs in a
// thread of its own.

import type { Worker } from 'node:worker_threads';
import { moduleEnding, startThread } from '../../platform/process/start-thread.ts';
import type { TreeChanges } from './tree-snapshot.ts';

export interface ScanReport {
  files: number;
  directories: number;
  duration_ms: number;
}

export interface WatchTreeOptions {
  root: string;
  /** Regular expressions on the path relative to the root. */
  exclude: readonly string[];
  /** Between the end of a scan and the next one; longer where a scan takes long. */
  pause_ms: number;
  onChanges(changes: TreeChanges): void;
  /** After each scan of the whole tree; everything there was told before. */
  onScanned(report: ScanReport): void;
  onError(error: Error): void;
}

export interface TreeWatch {
  /** Scans as soon as possible. */
  scanNow(): void;
  /**
   * Removes directories that are empty and were last written before `before_ms` (since 1970).
   */
  removeEmptyDirectories(before_ms: number): void;
  stop(): Promise<void>;
}

export type WatchTree = (options: WatchTreeOptions) => TreeWatch;

export interface WatchWorkerData {
  root: string;
  exclude: readonly string[];
  pause_ms: number;
}

export type WatchMessage =
  | { kind: 'changes'; changes: TreeChanges }
  | { kind: 'scanned'; report: ScanReport }
  | { kind: 'error'; message: string };

export type WatchRequest = { kind: 'scan' } | { kind: 'erase'; before_ms: number };

const module = `./watch-tree-worker.${moduleEnding(import.meta.url)}`;

export const watchTree: WatchTree = (options) => {
  const { root, exclude, pause_ms } = options;
  const workerData: WatchWorkerData = { root, exclude, pause_ms };
  const start = (): Worker => {
    const started = startThread(new URL(module, import.meta.url), { workerData });
    started.on('message', (message: WatchMessage) => {
      if (message.kind === 'changes') options.onChanges(message.changes);
      else if (message.kind === 'scanned') options.onScanned(message.report);
      else options.onError(new Error(message.message));
    });
    started.on('error', (error) => {
      options.onError(error as Error);
      // A thread that died (no memory) knows nothing any more: the next one tells all from the start.
      restart ??= setTimeout(() => {
        restart = undefined;
        worker = start();
      }, pause_ms);
    });
    return started;
  };
  let restart: NodeJS.Timeout | undefined;
  let worker = start();
  const ask = (request: WatchRequest) => worker.postMessage(request);
  return {
    scanNow: () => ask({ kind: 'scan' }),
    removeEmptyDirectories: (before_ms) => ask({ kind: 'erase', before_ms }),
    stop: async () => {
      clearTimeout(restart);
      await worker.terminate();
    },
  };
};
