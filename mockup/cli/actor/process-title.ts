// The name under which the system shows a long-running program: `killall endmgr` finds it, and `ps`
// shows what it runs. (Node's own name would be `node` for all of them.)

import { writeFileSync } from 'node:fs';

/** `program` is the name for `killall`; `line` what `ps` shows. */
export function setProcessTitle(program: string, line: string): void {
  process.title = line;
  try {
    // A title sets this name too, cut after 15 characters.
    writeFileSync('/proc/self/comm', program);
  } catch {
    // Not Linux: there the title is all there is.
  }
}
