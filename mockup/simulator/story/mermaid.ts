// A story as a Mermaid sequence diagram: readable as it is on a terminal, drawn by whatever draws
// Mermaid.

import type { Story, StoryEvent } from './story.ts';

export function mermaidOf({ events, participants }: Story): string {
  const names = new Map(participants.map((name, place) => [name, `p${place}`]));
  const first = names.get(participants[0] ?? '') ?? 'p0';
  const last = names.get(participants.at(-1) ?? '') ?? 'p0';
  const id = (name: string): string => names.get(name) ?? first;
  return [
    'sequenceDiagram',
    ...participants.map((name) => `  participant ${id(name)} as ${plain(name)}`),
    ...events.map((event) => `  ${lineOf(event, id, `${first},${last}`)}`),
  ].join('\n');
}

function lineOf(event: StoryEvent, id: (name: string) => string, all: string): string {
  const at = `${(event.at_ms / 1000).toFixed(1)} s`;
  switch (event.is) {
    case 'message':
      return `${id(event.from)}${event.again ? '-->>' : '->>'}${id(event.to)}: ${at} ${plain(event.text)}`;
    case 'state':
      return `Note over ${id(event.by)}: ${at} ${plain(event.text)}`;
    case 'fault':
      return `Note over ${id(event.at)}: ${at} FAULT ${plain(event.text)}`;
    case 'broken':
      return `Note over ${all}: BROKEN ${plain(event.text)}`;
  }
}

/** What Mermaid takes for its own. */
function plain(text: string): string {
  return text.replaceAll(/[;#\n]/g, ' ').slice(0, 160);
}
