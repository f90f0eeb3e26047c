// What a run that went well writes into the history of its OUS, by which AQUA finds its report.

/** `timestamp`: that in the names of the run's products. */
export function completedRunCause(timestamp: string): string {
  return `run ${timestamp} completed`;
}

/** The time of the run; undefined where somebody else moved the OUS. */
export function completedRunTimestamp(cause: string): string | undefined {
  return /^run (\S+) completed$/.exec(cause)?.[1];
}
