// Child programs as a port: torque-maui runs the pipeline driver, and the driver the pipeline.

export interface ProgramExit {
  /** Null where a signal ended the program. */
  exitCode: number | null;
  signal: string | null;
  /** The last lines that it wrote, for a reason that a person can read. */
  lastLines: string[];
}

export interface RunOptions {
  /** Added to the environment of the parent; values never hold credentials. */
  env?: Record<string, string>;
  /** Working directory, made where it is missing. */
  directory?: string;
  /** Ends the program (SIGTERM, after a while SIGKILL). */
  signal?: AbortSignal;
}

export interface Programs {
  /**
   * Runs one of this product's programs (`pipeline-driver`, `pipeline`) and waits for its end. The
   * program ends itself when its parent dies. Rejects only where it can't be started (AppError
   * `program_not_started`), or with the signal's reason where that is aborted already.
   */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<ProgramExit>;
}

/** `exit code 2` or `signal SIGKILL`, for reasons and logs. */
export function describeExit(exit: ProgramExit): string {
  return exit.signal === null ? `exit code ${exit.exitCode}` : `signal ${exit.signal}`;
}
