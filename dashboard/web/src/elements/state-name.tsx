// The name of a state that may break into two lines between its words.

import { stateWords } from '../look/state-look.ts';

export function StateName({ state }: { state: string }) {
  const [first, ...others] = stateWords(state);
  return (
    <span title={state}>
      {first}
      {others.map((word) => [<wbr key={`break ${word}`} />, word])}
    </span>
  );
}
