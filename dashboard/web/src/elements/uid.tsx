// The UID of an OUS as text. What nearly all UIDs begin with is there but stands back, so that the
// part that tells them apart can be read from afar.

export function Uid({ uid }: { uid: string }) {
  const [head, tail] = splitUid(uid);
  return (
    <span class="uid" title={uid}>
      {head && <span class="uid-head">{head}</span>}
      <span class="uid-tail">{tail}</span>
    </span>
  );
}

/** `uid://A001/X1465/X346b` → [`uid://A001/`, `X1465/X346b`]; anything else is all tail. */
export function splitUid(uid: string): [head: string, tail: string] {
  const [, head, tail] = /^(uid:\/\/[A-Za-z0-9]+\/)(.+)$/s.exec(uid) ?? [];
  return head && tail ? [head, tail] : ['', uid];
}
