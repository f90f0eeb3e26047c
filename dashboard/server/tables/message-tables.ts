// Messages that wait or are in flight, and those that were given up.

import type { MessageSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { column, type Table } from './table.ts';

export function messageTable(model: LiveModel, name: 'unread' | 'dead'): Table<MessageSummary> {
  const isRow = ({ state }: MessageSummary) => (state === 'dead') === (name === 'dead');
  return {
    name,
    sortedBy: 'created',
    columns: [
      column('created', 'Sent', 'time', ({ created_ms }) => created_ms),
      column('selector', 'Selector', 'text', ({ selector }) => selector),
      column('state', 'State', 'text', ({ state }) => state),
      column('ous', 'OUS', 'uid', ({ about }) => about),
      column('what', 'About', 'text', ({ what }) => what),
      column('sender', 'From', 'text', ({ sender }) => sender),
      column('receiver', 'Taken by', 'text', ({ receiver }) => receiver),
      column('attempts', 'Attempts', 'number', ({ attempts }) => attempts),
      column('error', 'Last error', 'text', ({ error }) => error),
      column('id', 'Message', 'text', ({ id }) => id),
    ],
    rows: () => [...model.all('message').values()].filter(isRow),
    size: () => model.get('table', name)?.rows ?? 0,
  };
}
