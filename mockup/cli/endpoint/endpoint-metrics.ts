// What `endmgr … start --metrics` tells of a finder, and of an ingester.

import type { Finder } from '../../dbb/endpoint/finder/finder.ts';
import type { Ingester } from '../../dbb/endpoint/ingester/ingester.ts';
import type { Metric } from '../dbb/metrics-server.ts';

export function finderMetrics(finder: Finder): Metric[] {
  return [
    {
      ...{ name: 'endmgr_finder_recorded_files_total', kind: 'counter' },
      help: 'Files that were put on record since the start',
      read: () => finder.recorded,
    },
    {
      ...{ name: 'endmgr_finder_waiting_files', kind: 'gauge' },
      help: 'Files that were found, and are not taken in yet',
      read: () => finder.waiting,
    },
    {
      ...{ name: 'endmgr_finder_up', kind: 'gauge' },
      help: '0 where nothing can be taken in',
      read: () => Number(finder.trouble === undefined),
    },
  ];
}

export function ingesterMetrics(ingester: Ingester): Metric[] {
  return [
    {
      ...{ name: 'endmgr_ingester_files_total', kind: 'counter' },
      help: 'Files since the start, by how their attempt ended',
      read: () => ({ label: 'result', values: { ...ingester.counts } }),
    },
    {
      ...{ name: 'endmgr_ingester_target_up', kind: 'gauge' },
      help: '0 where the target, or the storage area, is away',
      read: () => Number(ingester.trouble === undefined),
    },
  ];
}
