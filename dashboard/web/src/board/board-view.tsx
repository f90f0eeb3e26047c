// The board: one column per state, one card per OUS; above it what needs attention, and the filter.

import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { usePage } from '../connection/observatory-context.ts';
import { filterFromQuery, isEmptyFilter } from '../model/ous-filter.ts';
import { replaceQuery, route } from '../navigation/route.ts';
import { BoardColumn } from './board-column.tsx';
import { keepFocus, onBoardKey } from './board-keys.ts';
import { BoardSummary } from './board-summary.tsx';
import { watchMoves } from './card-moves.ts';
import { FilterBar } from './filter-bar.tsx';
import { showFirstCards } from './first-cards.ts';
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
  useEffect(() => showFirstCards(observatory), []);
  const columns = board.columns.value;
  return (
    <div class="board">
      <h1 class="visually-hidden">Board: all OUSs by state</h1>
      <BoardSummary />
      <FilterBar />
      <StateJumps />
      <NothingFound />
      <div class="columns" ref={columnsElement}>
        {columns.map((column) => (
          <BoardColumn key={column.state} column={column} />
        ))}
      </div>
    </div>
  );
}

/** A filter that nothing matches says so, and how to be rid of it. */
function NothingFound() {
  const { board } = usePage();
  const filter = board.filter.value;
  const found = board.columns.value.some((column) => board.countIn(column) > 0);
  if (found || isEmptyFilter(filter)) return null;
  const words = filter.text ? ` matches “${filter.text}”` : ' matches the filter';
  return (
    <p class="board-empty" role="status">
      <span>No OUS{words}.</span>
      <button type="button" class="button" onClick={() => replaceQuery({})}>
        Show all
      </button>
    </p>
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
