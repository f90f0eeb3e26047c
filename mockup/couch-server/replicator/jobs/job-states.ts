// The life of a replication job. `crashing` is waiting for the next attempt after a failure;
// `completed` is the end of a one-shot one; `stopped` of one that was cancelled or shut down.

export type JobState = 'initializing' | 'running' | 'crashing' | 'completed' | 'stopped';

const followers: Readonly<Record<JobState, readonly JobState[]>> = {
  initializing: ['running', 'crashing', 'stopped'],
  running: ['crashing', 'completed', 'stopped'],
  crashing: ['initializing', 'stopped'],
  completed: [],
  stopped: [],
};

export function mayFollow(from: JobState, to: JobState): boolean {
  return followers[from].includes(to);
}

export function isFinal(state: JobState): boolean {
  return followers[state].length === 0;
}
