// A worker's own repository for one visit: a copy of only what its detector needs, made before the
// images exist, and the raw images as they come.

import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Visit } from '../../core/prompt/visit.ts';
import { type RegistryAccess, readRepository } from '../databases/butler-registry.ts';
import { openPostgres, quoted } from '../databases/postgres.ts';
import { CALIBRATIONS, SKY_DATASETS } from './central-repository.ts';
import { regionsOf } from './sky-regions.ts';

export interface LocalRepository {
  readonly directory: string;
  /** Files copied from the central repository, by dataset type. */
  readonly datasets: Readonly<Record<string, number>>;
  /** A raw image, once for each exposure. */
  ingest(exposureId: string, content: Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** Throws AppError `no_calibration`, which is retriable: the repository may be filled meanwhile. */
export async function prepareLocalRepository(
  central: string,
  directory: string,
  visit: Visit,
  access: RegistryAccess = {},
): Promise<LocalRepository> {
  const found = await findDatasets(central, visit, access);
  const datasets: Record<string, number> = {};
  for (const { path, datasetType } of found) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(central, path), target);
    datasets[datasetType] = (datasets[datasetType] ?? 0) + 1;
  }
  const missing = [...CALIBRATIONS, ...SKY_DATASETS].filter((type) => !datasets[type]);
  if (missing.length > 0) {
    throw new AppError(
      'no_calibration',
      `${central} has no ${missing.join(', ')} for this visit`,
      {
        retriable: true,
      },
    );
  }
  await mkdir(join(directory, 'raw'), { recursive: true });
  return {
    directory,
    datasets,
    ingest: async (exposureId, content) => {
      const name = exposureId.replaceAll(/[^A-Za-z0-9._-]/g, '_');
      await writeFile(join(directory, 'raw', `${name}.fits`), content, { flag: 'wx' });
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function findDatasets(
  central: string,
  visit: Visit,
  access: RegistryAccess,
): Promise<{ path: string; datasetType: string }[]> {
  const { db, namespace } = await readRepository(central, access);
  const postgres = openPostgres(db, { connections: 1 });
  try {
    const rows = await postgres.query(
      `SELECT path, dataset_type FROM ${quoted(namespace)}.dataset
       WHERE (instrument = $1 AND detector = $2 AND physical_filter = $3)
          OR (region = ANY($4) AND (physical_filter IS NULL
              OR (instrument = $1 AND physical_filter = $3)))`,
      [visit.instrument, visit.detector, visit.filter, regionsOf(visit)],
    );
    return rows.map((row) => ({ path: String(row.path), datasetType: String(row.dataset_type) }));
  } finally {
    await postgres.close();
  }
}
