// A person at a terminal as a port: the interactive actors (dra, aqua-qa2) print and ask.

export interface ListItem {
  /** What is chosen, and what a person may paste instead: an OUS UID. */
  value: string;
  /** What stands beside it. */
  description?: string;
}

/** A list that may change while the person looks at it. */
export interface LiveList {
  items(): ListItem[];
  /** Calls back after each change; the returned function ends that. */
  onChange(callback: () => void): () => void;
}

export interface OperatorConsole {
  print(text: string): void;
  /**
   * Asks for one of a list, or for a pasted value that need not be in it (yet). Undefined when
   * the person left (Ctrl-C, end of input) or the signal was aborted.
   */
  chooseFrom(message: string, list: LiveList, signal: AbortSignal): Promise<string | undefined>;
  /** Asks for one key of a few (`{F: 'Fail', P: 'Pass'}`), upper or lower case. */
  chooseKey(
    message: string,
    keys: Record<string, string>,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}
