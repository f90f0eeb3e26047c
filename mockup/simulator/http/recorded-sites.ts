// Static sites that nobody can visit: what would be served is on record.

import { AppError } from '../../core/errors.ts';
import type { StaticSites } from '../../platform/http/static-site.ts';

export interface RecordedSites extends StaticSites {
  /** Directory by port, of the sites that are open. */
  readonly open: Map<number, string>;
}

export function createRecordedSites(): RecordedSites {
  const open = new Map<number, string>();
  return {
    open,
    async serve(directory, { host, port: wanted }) {
      const port = wanted === 0 ? 49_152 + open.size : wanted;
      if (open.has(port)) throw new AppError('port_in_use', `port ${port} is in use`);
      open.set(port, directory);
      return {
        url: `http://${host}:${port}`,
        close: async () => {
          open.delete(port);
        },
      };
    },
  };
}
