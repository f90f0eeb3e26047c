// A story as one HTML page that needs nothing else: the diagram drawn, the plan, and the same as
// Mermaid text.

import type { StormPlan } from '../storm/storm-plan.ts';
import { mermaidOf } from './mermaid.ts';
import type { Story, StoryEvent } from './story.ts';

const COLUMN = 190;
const ROW = 26;
const LEFT = 70;
const TOP = 40;
const STYLE = `body{font:14px/1.5 system-ui,sans-serif;margin:2em;color:#222;background:#fff}
pre{background:#f4f4f4;padding:1em;overflow:auto}svg text{font:12px system-ui,sans-serif}
.fault{fill:#b00020}.broken{fill:#b00020;font-weight:bold}.time{fill:#666}
.life{stroke:#ccc}.message{stroke:#1f5fa8;fill:none}.again{stroke-dasharray:5 3}
.state{fill:#eef4e8;stroke:#7c9a5e}`;

export function storyPage(story: Story, plan: StormPlan, repeat: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Storm ${escaped(plan.seed)}</title>
<style>${STYLE}</style></head><body>
<h1>Storm of seed ${escaped(plan.seed)}</h1>
<p>Repeat it with <code>${escaped(repeat)}</code></p>
${drawn(story)}
<h2>Plan</h2><pre>${escaped(JSON.stringify(plan, null, 2))}</pre>
<h2>Mermaid</h2><pre class="mermaid-source">${escaped(mermaidOf(story))}</pre>
</body></html>
`;
}

function drawn({ events, participants }: Story): string {
  const x = (name: string): number =>
    LEFT + COLUMN / 2 + Math.max(0, participants.indexOf(name)) * COLUMN;
  const width = LEFT + participants.length * COLUMN;
  const height = TOP + (events.length + 1) * ROW;
  const lives = participants.map(
    (name) => `<text x="${x(name)}" y="18" text-anchor="middle">${escaped(name)}</text>
<line class="life" x1="${x(name)}" x2="${x(name)}" y1="26" y2="${height}"/>`,
  );
  const rows = events.map((event, place) => rowOf(event, TOP + (place + 1) * ROW, x));
  return `<svg width="${width}" height="${height}" role="img" aria-label="Sequence of the storm">
<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0L8 4L0 8z" fill="#1f5fa8"/></marker></defs>
${[...lives, ...rows].join('\n')}</svg>`;
}

function rowOf(event: StoryEvent, y: number, x: (name: string) => number): string {
  const time = `<text class="time" x="4" y="${y}">${(event.at_ms / 1000).toFixed(1)} s</text>`;
  switch (event.is) {
    case 'message':
      return time + arrow(event, y, x);
    case 'state':
      return `${time}<text x="${x(event.by) + 6}" y="${y}">▪ ${escaped(event.text)}</text>`;
    case 'fault':
      return `${time}<text class="fault" x="${x(event.at) + 6}" y="${y}">⚡ ${escaped(event.text)}</text>`;
    case 'broken':
      return `${time}<text class="broken" x="${LEFT}" y="${y}">✗ ${escaped(event.text)}</text>`;
  }
}

function arrow(
  { from, to, text, again }: Extract<StoryEvent, { is: 'message' }>,
  y: number,
  x: (name: string) => number,
): string {
  const style = `class="message${again ? ' again' : ''}" marker-end="url(#head)"`;
  const [begin, end] = [x(from), x(to)];
  const line =
    begin === end
      ? `<path ${style} d="M${begin} ${y - 6}h26v8h-26"/>`
      : `<line ${style} x1="${begin}" x2="${end}" y1="${y + 3}" y2="${y + 3}"/>`;
  const middle = begin === end ? begin + 30 : Math.min(begin, end) + 8;
  return `${line}<text x="${middle}" y="${y - 1}">${escaped(text)}</text>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
