// The views of the page, in the order of their tabs.

import type { IconName } from '../elements/icon.tsx';

export interface View {
  name: string;
  title: string;
  icon: IconName;
}

export const views: readonly View[] = [
  { name: 'board', title: 'Board', icon: 'board' },
  { name: 'line', title: 'Line', icon: 'line' },
  { name: 'files', title: 'Files', icon: 'files' },
  { name: 'tables', title: 'Tables', icon: 'tables' },
  { name: 'time', title: 'Time', icon: 'time' },
];
