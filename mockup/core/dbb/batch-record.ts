// The record of one batch: the files that one transfer carried, how long its three steps took, and
// how it ended.

import { formatTimestamp } from '../timestamps.ts';

export interface StepTimes {
  start_ms: number;
  duration_ms: number;
}

export interface BatchRecord {
  _id: string;
  _rev?: string;
  type: 'handoff-batch';
  manager: string;
  /** Durations in seconds; null for a step that was not reached. */
  pre_start_time: string | null;
  pre_duration: number | null;
  trans_start_time: string | null;
  trans_duration: number | null;
  post_start_time: string | null;
  post_duration: number | null;
  size_bytes: number;
  /** 2^20 bytes per second of the transfer step; null where it failed. */
  rate_mbytes_per_sec: number | null;
  /** 0 where every file of the batch arrived. */
  status: number;
  err_msg: string | null;
  /** Ids of the file records. */
  files: string[];
}

export interface BatchOutcome {
  id: string;
  manager: string;
  pre?: StepTimes | undefined;
  transfer?: StepTimes | undefined;
  post?: StepTimes | undefined;
  size_bytes: number;
  status: number;
  error?: string | undefined;
  files: string[];
}

const MBYTE = 1024 * 1024;

export function newBatchRecord(outcome: BatchOutcome): BatchRecord {
  const { pre, transfer, post, size_bytes, status } = outcome;
  const seconds = transfer ? transfer.duration_ms / 1000 : 0;
  return {
    _id: `batch:${outcome.id}`,
    type: 'handoff-batch',
    manager: outcome.manager,
    ...times('pre', pre),
    ...times('trans', transfer),
    ...times('post', post),
    size_bytes,
    rate_mbytes_per_sec: status === 0 && seconds > 0 ? size_bytes / MBYTE / seconds : null,
    status,
    err_msg: outcome.error ?? null,
    files: outcome.files,
  };
}

function times<Name extends 'pre' | 'trans' | 'post'>(name: Name, step: StepTimes | undefined) {
  return {
    [`${name}_start_time`]: step ? formatTimestamp(step.start_ms) : null,
    [`${name}_duration`]: step ? step.duration_ms / 1000 : null,
  } as Record<`${Name}_start_time`, string | null> & Record<`${Name}_duration`, number | null>;
}
