// A text in which the words of the glossary explain themselves, each the first time.

import { Term } from './term.tsx';
import { glossary } from './terms.ts';

const escaped = glossary.map(({ term }) => term.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
const KNOWN = new RegExp(`\\b(${escaped.join('|')})\\b`);

export function Words({ text }: { text: string }) {
  const seen = new Set<string>();
  const parts = text.split(KNOWN);
  return (
    <>
      {parts.map((part, index) => {
        const isNew = index % 2 === 1 && !seen.has(part);
        seen.add(part);
        // The text of a caption never changes its parts' order.
        return isNew ? <Term key={`${index} ${part}`} name={part} /> : part;
      })}
    </>
  );
}
