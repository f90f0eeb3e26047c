// A score from 0 to 1 as a number, a word and a bar, in the four bands of the Pipeline's weblog.

import { formatScore } from '../format/quantities.ts';

/** By the score as it is shown, so that 0.90 never stands beside the word for less. */
function scoreBand(exact: number): { kind: string; word: string } {
  const score = Number(formatScore(exact));
  if (score >= 0.9) return { kind: 'good', word: 'good' };
  if (score >= 0.66) return { kind: 'fair', word: 'fair' };
  if (score >= 0.33) return { kind: 'warn', word: 'warning' };
  return { kind: 'bad', word: 'bad' };
}

export function ScoreBar({ score }: { score: number | null }) {
  const { kind, word } = score === null ? { kind: '', word: 'no score' } : scoreBand(score);
  const width = score === null ? 0 : Math.max(0, Math.min(1, score)) * 100;
  return (
    <span class={`score-bar ${kind}`}>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <rect class="score-ground" width="100" height="8" rx="2" />
        <rect class="score-fill" width={width} height="8" rx="2" />
      </svg>
      <strong>{formatScore(score)}</strong>
      <span class="score-word">{word}</span>
    </span>
  );
}
