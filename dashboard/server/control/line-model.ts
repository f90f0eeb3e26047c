// The line's processes, links and settings as things that pages are told of.

import type { LiveModel } from '../model/live-model.ts';
import type { LineState } from './control.ts';

export function showLine(model: LiveModel, { processes, links, line }: LineState): void {
  for (const process of processes) model.put('process', process);
  for (const link of links) model.put('link', link);
  model.put('line', line);
  for (const id of [...model.all('process').keys()]) {
    if (!processes.some((one) => one.id === id)) model.remove('process', id);
  }
  for (const id of [...model.all('link').keys()]) {
    if (!links.some((one) => one.id === id)) model.remove('link', id);
  }
}
