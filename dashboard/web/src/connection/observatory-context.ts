// The observatory and the connection, for all components.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Board } from '../model/board.ts';
import type { Happenings } from '../model/happenings.ts';
import type { Observatory } from '../model/observatory.ts';
import type { LiveConnection } from './live-connection.ts';

export interface PageModel {
  observatory: Observatory;
  board: Board;
  connection: LiveConnection;
  happenings: Happenings;
}

export const PageContext = createContext<PageModel | undefined>(undefined);

export function usePage(): PageModel {
  const page = useContext(PageContext);
  if (!page) throw new Error('a component is used outside the page');
  return page;
}
