// About how many characters the JSON text of a value has, without writing it. Not recursive: whoever
// may write a document may nest it deeper than the stack is.

/** For what is neither a text nor a number. */
const NODE_LENGTH = 16;

export function jsonSize(value: unknown): number {
  let size = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string') size += next.length + 2;
    else if (typeof next !== 'object' || next === null) size += NODE_LENGTH / 2;
    else {
      size += NODE_LENGTH;
      for (const [name, member] of Object.entries(next)) {
        // Names of members are counted with their values.
        size += name.length;
        left.push(member);
      }
    }
  }
  return size;
}
