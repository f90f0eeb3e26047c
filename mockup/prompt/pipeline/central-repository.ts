// The central repository (CALIB_REPO): calibrations by detector and filter, reference catalogues and
// templates by region of the sky. What is in it is in its registry; here it is filled with made-up
// files for the pointings of a demonstration.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Visit } from '../../core/prompt/visit.ts';
import { type RegistryAccess, readRepository } from '../databases/butler-registry.ts';
import { openPostgres, quoted } from '../databases/postgres.ts';
import { regionsOf } from './sky-regions.ts';

export const CALIBRATIONS = ['bias', 'dark', 'flat'] as const;
export const SKY_DATASETS = ['refcat', 'template'] as const;

interface NewDataset {
  datasetType: string;
  instrument: string;
  detector: number | null;
  filter: string | null;
  region: string | null;
  path: string;
}

/** Makes what the visits need and is not there yet; returns how many files came. */
export async function fillRepository(
  repository: string,
  visits: readonly Visit[],
  access: RegistryAccess = {},
): Promise<number> {
  const { db, namespace } = await readRepository(repository, access);
  const wanted = new Map(visits.flatMap(needs).map((dataset) => [dataset.path, dataset]));
  const postgres = openPostgres(db);
  try {
    const table = `${quoted(namespace)}.dataset`;
    const there = await postgres.query(`SELECT path FROM ${table}`);
    for (const { path } of there) wanted.delete(String(path));
    for (const { path } of wanted.values()) {
      const file = join(repository, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `made up: ${path}\n`);
    }
    const datasets = [...wanted.values()];
    await postgres.query(
      `INSERT INTO ${table} (dataset_type, instrument, detector, physical_filter, region, path, collection)
       SELECT t, i, d, f, r, p, 'defaults' FROM unnest($1::text[], $2::text[], $3::int[], $4::text[],
       $5::text[], $6::text[]) AS s(t, i, d, f, r, p) ON CONFLICT DO NOTHING`,
      [
        datasets.map(({ datasetType }) => datasetType),
        datasets.map(({ instrument }) => instrument),
        datasets.map(({ detector }) => detector),
        datasets.map(({ filter }) => filter),
        datasets.map(({ region }) => region),
        datasets.map(({ path }) => path),
      ],
    );
    return datasets.length;
  } finally {
    await postgres.close();
  }
}

function needs(visit: Visit): NewDataset[] {
  const { instrument, detector, filter } = visit;
  const calibrations = CALIBRATIONS.map((datasetType) => ({
    ...{ datasetType, instrument, detector, filter, region: null },
    path: `calib/${instrument}/${detector}/${filter}/${datasetType}.txt`,
  }));
  const sky = regionsOf(visit).flatMap((region) =>
    SKY_DATASETS.map((datasetType) => ({
      ...{ datasetType, instrument, detector: null, region },
      filter: datasetType === 'template' ? filter : null,
      path:
        datasetType === 'template'
          ? `template/${instrument}/${region}/${filter}.txt`
          : `refcat/${region}.txt`,
    })),
  );
  return [...calibrations, ...sky];
}
