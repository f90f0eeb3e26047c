// The views of the page, in the order of their tabs.

import type { IconName } from '../elements/icon.tsx';
import type { Observatory } from '../model/observatory.ts';

export interface View {
  name: string;
  title: string;
  icon: IconName;
}

const always: readonly View[] = [
  { name: 'board', title: 'Board', icon: 'board' },
  { name: 'line', title: 'Line', icon: 'line' },
  { name: 'files', title: 'Files', icon: 'files' },
  { name: 'tables', title: 'Tables', icon: 'tables' },
  { name: 'time', title: 'Time', icon: 'time' },
];
const control: View = { name: 'control', title: 'Control', icon: 'control' };
const visits: View = { name: 'visits', title: 'Visits', icon: 'visits' };

/** Visits are there where the site's server has a database of them; control where it was asked for. */
export function viewsOf({ feed, config }: Observatory): readonly View[] {
  return [
    ...always,
    ...(feed.watch('visits') ? [visits] : []),
    ...(config.value?.control ? [control] : []),
  ];
}
