// The Alert Production Database: DIA objects, sources and forced sources, and a log of what was
// written for each detector's visit. Its primary key keeps a visit from being written twice.
// Source of the tables: the APDB's schema (sdm_schemas), reduced to what the stand-in fills.

import { AppError } from '../../core/errors.ts';
import type { VisitKey } from '../../core/prompt/visit.ts';
import { type Postgres, quoted, type Sql, sqlState } from './postgres.ts';

export interface DiaSource {
  diaSourceId: string;
  diaObjectId: string;
  ra: number;
  dec: number;
  psfFlux: number;
  snr: number;
}

export interface DiaResult {
  visit: VisitKey & { filter: string };
  sources: readonly DiaSource[];
  /** Objects of earlier visits, measured again here. */
  forced: readonly { diaObjectId: string; psfFlux: number }[];
  /** ISO 8601, UTC. */
  time: string;
}

export interface Alert {
  alertId: string;
  instrument: string;
  /** As it is published. */
  alert: string;
}

const TABLES = `
CREATE TABLE IF NOT EXISTS "DiaObject" (
  "diaObjectId" bigint PRIMARY KEY, ra double precision NOT NULL, dec double precision NOT NULL,
  "nDiaSources" integer NOT NULL, "validityStart" timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS "DiaSource" (
  "diaSourceId" bigint PRIMARY KEY, "diaObjectId" bigint NOT NULL, instrument text NOT NULL,
  "group" text NOT NULL, detector integer NOT NULL, band text NOT NULL,
  ra double precision NOT NULL, dec double precision NOT NULL,
  "psfFlux" real NOT NULL, snr real NOT NULL, "midpointTime" timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS "DiaForcedSource" (
  "diaObjectId" bigint NOT NULL, instrument text NOT NULL, "group" text NOT NULL,
  detector integer NOT NULL, band text NOT NULL, "psfFlux" real NOT NULL,
  PRIMARY KEY ("diaObjectId", instrument, "group", detector));
CREATE TABLE IF NOT EXISTS "SSObject" (
  "ssObjectId" bigint PRIMARY KEY, "discoverySubmissionDate" timestamptz, "numObs" integer);
CREATE TABLE IF NOT EXISTS "DetectorVisitProcessingSummary" (
  instrument text NOT NULL, "group" text NOT NULL, detector integer NOT NULL,
  "diaSources" integer NOT NULL, "diaObjects" integer NOT NULL, "forcedSources" integer NOT NULL,
  "insertTime" timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (instrument, "group", detector));
CREATE TABLE IF NOT EXISTS "AlertOutbox" (
  "alertId" bigint PRIMARY KEY, instrument text NOT NULL, "group" text NOT NULL,
  detector integer NOT NULL, alert text NOT NULL, "insertTime" timestamptz NOT NULL DEFAULT now());
`;

const UNIQUE_VIOLATION = '23505';
const UNDEFINED_TABLE = '42P01';

/** Makes the schema; what is there already stays. */
export async function makeApdb(postgres: Postgres, namespace: string): Promise<void> {
  await postgres.transaction(async (sql) => {
    await sql.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(namespace)}`);
    await sql.query(`SET LOCAL search_path TO ${quoted(namespace)}`);
    for (const statement of TABLES.split(';\n')) {
      if (statement.trim() !== '') await sql.query(statement);
    }
  });
}

/**
 * Writes what a detector's visit gave, with the alerts that are to be published, all or nothing.
 * Returns false where the visit was written already.
 */
export async function writeDiaResult(
  postgres: Postgres,
  namespace: string,
  result: DiaResult,
  alerts: readonly Alert[],
): Promise<boolean> {
  try {
    await postgres.transaction(async (sql) => {
      await sql.query(`SET LOCAL search_path TO ${quoted(namespace)}`);
      await writeSummary(sql, result);
      await writeSources(sql, result);
      await writeAlerts(sql, result, alerts);
    });
    return true;
  } catch (error) {
    if (
      sqlState(error) === UNIQUE_VIOLATION &&
      (await isWritten(postgres, namespace, result.visit))
    )
      return false;
    if (sqlState(error) !== UNDEFINED_TABLE) throw error;
    throw new AppError('no_apdb', `there is no APDB in schema ${namespace}`, {
      hint: 'prompt-proto make-apdb makes it',
      cause: error,
    });
  }
}

/**
 * Publishes what a visit has to, and what workers that died left more than ten minutes ago. They stay
 * until `publish` resolved, so each is published at least once, and none that was not kept.
 */
export async function publishAlerts(
  postgres: Postgres,
  namespace: string,
  { instrument, group, detector }: VisitKey,
  publish: (alerts: readonly Alert[]) => Promise<void>,
): Promise<void> {
  await postgres.transaction(async (sql) => {
    await sql.query(`SET LOCAL search_path TO ${quoted(namespace)}`);
    const rows = await sql.query(
      `SELECT "alertId"::text AS "alertId", instrument, alert FROM "AlertOutbox"
       WHERE (instrument = $1 AND "group" = $2 AND detector = $3)
         OR "insertTime" < now() - interval '10 minutes'
       ORDER BY "alertId" FOR UPDATE SKIP LOCKED`,
      [instrument, group, detector],
    );
    if (rows.length === 0) return;
    const alerts = rows as unknown as Alert[];
    await publish(alerts);
    await sql.query('DELETE FROM "AlertOutbox" WHERE "alertId" = ANY($1::bigint[])', [
      alerts.map(({ alertId }) => alertId),
    ]);
  });
}

export async function isWritten(
  postgres: Postgres,
  namespace: string,
  { instrument, group, detector }: VisitKey,
): Promise<boolean> {
  const rows = await postgres.query(
    `SELECT 1 FROM ${quoted(namespace)}."DetectorVisitProcessingSummary"
     WHERE instrument = $1 AND "group" = $2 AND detector = $3`,
    [instrument, group, detector],
  );
  return rows.length > 0;
}

async function writeSummary(sql: Sql, { visit, sources, forced }: DiaResult): Promise<void> {
  const objects = new Set(sources.map(({ diaObjectId }) => diaObjectId)).size;
  const { instrument, group, detector } = visit;
  await sql.query(
    `INSERT INTO "DetectorVisitProcessingSummary"
     (instrument, "group", detector, "diaSources", "diaObjects", "forcedSources")
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [instrument, group, detector, sources.length, objects, forced.length],
  );
}

async function writeAlerts(
  sql: Sql,
  { visit }: DiaResult,
  alerts: readonly Alert[],
): Promise<void> {
  await sql.query(
    `INSERT INTO "AlertOutbox" ("alertId", instrument, "group", detector, alert)
     SELECT id, $3, $4, $5, alert FROM unnest($1::bigint[], $2::text[]) AS s(id, alert)`,
    [
      ...[alerts.map(({ alertId }) => alertId), alerts.map(({ alert }) => alert)],
      ...[visit.instrument, visit.group, visit.detector],
    ],
  );
}

async function writeSources(sql: Sql, { visit, sources, forced, time }: DiaResult): Promise<void> {
  const { instrument, group, detector, filter } = visit;
  const column = <K extends keyof DiaSource>(key: K) => sources.map((source) => source[key]);
  await sql.query(
    `INSERT INTO "DiaObject" ("diaObjectId", ra, dec, "nDiaSources", "validityStart")
     SELECT id, ra, dec, 1, $4 FROM unnest($1::bigint[], $2::float8[], $3::float8[]) AS s(id, ra, dec)
     ON CONFLICT ("diaObjectId") DO UPDATE SET "nDiaSources" = "DiaObject"."nDiaSources" + 1`,
    [column('diaObjectId'), column('ra'), column('dec'), time],
  );
  await sql.query(
    `INSERT INTO "DiaSource" ("diaSourceId", "diaObjectId", instrument, "group", detector, band,
       ra, dec, "psfFlux", snr, "midpointTime")
     SELECT id, object, $7, $8, $9, $10, ra, dec, flux, snr, $11
     FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::float4[], $6::float4[])
       AS s(id, object, ra, dec, flux, snr)`,
    [
      ...[column('diaSourceId'), column('diaObjectId'), column('ra'), column('dec')],
      ...[column('psfFlux'), column('snr'), instrument, group, detector, filter, time],
    ],
  );
  await sql.query(
    `INSERT INTO "DiaForcedSource" ("diaObjectId", instrument, "group", detector, band, "psfFlux")
     SELECT id, $3, $4, $5, $6, flux FROM unnest($1::bigint[], $2::float4[]) AS s(id, flux)`,
    [
      ...[forced.map(({ diaObjectId }) => diaObjectId), forced.map(({ psfFlux }) => psfFlux)],
      ...[instrument, group, detector, filter],
    ],
  );
}
