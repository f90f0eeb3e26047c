// The board: one column per state, one card per OUS; above it what needs attention, and the filter.

import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { filterFromQuery } from '../model/ous-filter.ts';
import { route } from '../navigation/route.ts';
import { BoardColumn } from './board-column.tsx';
import { keepFocus, onBoardKey } from './board-keys.ts';
import { BoardSummary } from './board-summary.tsx';
import { watchMoves } from './card-moves.ts';
import { FilterBar } from './filter-bar.tsx';
import { StateJump } from './state-jump.tsx';

export function BoardView() {
  const { board, observatory } = usePage();
  const columnsElement = useRef<HTMLDivElement>(null);
  // At once with the address: a field must never be drawn with an older text than was typed.
  useSignalEffect(() => {
    board.filter.value = filterFromQuery(route.value.query);
  });
  useEffect(() => watchMoves(observatory), []);
  useEffect(() => keepFocus(observatory), []);
  useEffect(() => {
    const element = columnsElement.current;
    element?.addEventListener('keydown', onBoardKey);
    return () => element?.removeEventListener('keydown', onBoardKey);
  }, []);
  const columns = board.columns.value;
  return (
    <div class="board">
      <h1 class="visually-hidden">Board: all OUSs by state</h1>
      <BoardSummary />
      <FilterBar />
      <StateJumps />
      <div class="columns" ref={columnsElement}>
        {columns.map((column) => (
          <BoardColumn key={column.state} column={column} />
        ))}
      </div>
    </div>
  );
}

/** On a phone one column is in sight at a time; these lead to the others. */
function StateJumps() {
  const { board } = usePage();
  return (
    <div class="state-jumps">
      {board.columns.value.map((column) => (
        <StateJump key={column.state} state={column.state} count={board.countIn(column)} />
      ))}
    </div>
  );
}
