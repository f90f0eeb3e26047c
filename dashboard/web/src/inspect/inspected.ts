// What of the line is looked at more closely: an actor, a queue, a replication. It is part of the
// address: `#/line?actor=JAO.xtss`.

import { replaceQuery, route } from '../navigation/route.ts';

export type InspectedKind = 'actor' | 'queue' | 'replication';

const kinds: readonly InspectedKind[] = ['actor', 'queue', 'replication'];

export interface Inspected {
  kind: InspectedKind;
  id: string;
}

export function inspected(): Inspected | undefined {
  const { query } = route.value;
  for (const kind of kinds) {
    const id = query.get(kind);
    if (id) return { kind, id };
  }
  return undefined;
}

export function inspect({ kind, id }: Inspected): void {
  replaceQuery({ [kind]: id });
}

/** The focus goes back to where it came from. */
export function endInspection(): void {
  const { kind, id } = inspected() ?? {};
  replaceQuery({});
  const from =
    kind && id && document.querySelector<SVGElement>(`[data-${kind}="${CSS.escape(id)}"]`);
  if (from) from.focus();
}

/** For an element of the picture: a button that a pointer and a key can press. Its words name it. */
export function inspectable(kind: InspectedKind, id: string, label?: string) {
  return {
    role: 'button',
    tabIndex: 0,
    ...(label !== undefined && { 'aria-label': label }),
    onClick: () => inspect({ kind, id }),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      inspect({ kind, id });
    },
  } as const;
}
