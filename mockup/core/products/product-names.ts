// Names of what one Pipeline run writes. `timestamp` is that of the run and stands in every name,
// so the names of two runs of one OUS never meet.

import { uidAsDirectoryName, uidAsFileNamePart } from '../identifiers.ts';
import { isTimestamp } from '../timestamps.ts';

export const PRODUCTS_PER_RUN = 5;

const DIRECTORY_TIME = /^(\d{4})_(\d\d)_(\d\d)T(\d\d)_(\d\d)_(\d\d\.\d{3})$/;

/** `2015.1.00657.S_2018_07_19T07_10_03.781`: the directory of a run in a cache. */
export function productsDirectoryName(progId: string, timestamp: string): string {
  return `${progId}_${timestamp.replaceAll(/[:-]/g, '_')}`;
}

/** The time in the name of a run's directory; undefined where it is no such name. */
export function runTimestampOf(progId: string, directoryName: string): string | undefined {
  if (!directoryName.startsWith(`${progId}_`)) return undefined;
  const [, year, month, day, hours, minutes, seconds] =
    DIRECTORY_TIME.exec(directoryName.slice(progId.length + 1)) ?? [];
  const timestamp = `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
  return isTimestamp(timestamp) ? timestamp : undefined;
}

/** The project in the name of a run's directory; undefined where it is no such name. */
export function progIdOf(directoryName: string): string | undefined {
  const [, progId] = /^([^_]+)_\d{4}_\d\d_\d\dT/.exec(directoryName) ?? [];
  return progId;
}

/** In a products directory: holds one directory, which has the name of the OUS. */
export const PRODUCTS_PARENT = 'SOUS/GOUS';

/** Where the files of a run are, below its products directory. */
export function productsSubpath(ousUid: string): string {
  return `${PRODUCTS_PARENT}/${uidAsDirectoryName(ousUid)}/products`;
}

export function reportFileName(ousUid: string, timestamp: string): string {
  return `pl-report-${uidAsFileNamePart(ousUid)}-${timestamp}.xml`;
}

export function productFileName(index: number, ousUid: string, timestamp: string): string {
  return `product-${index}-${uidAsFileNamePart(ousUid)}-${timestamp}.data`;
}

/** The weblog's name without `.zip`, which is also the name of the folder inside it. */
export function weblogName(ousUid: string, timestamp: string): string {
  return `weblog-${uidAsFileNamePart(ousUid)}-${timestamp}`;
}

/** The time in the name of an OUS's zipped weblog; undefined where it is no such name. */
export function weblogTimestampOf(ousUid: string, fileName: string): string | undefined {
  const [, timestamp = ''] = /^weblog-.*-(\d{4}-\d\d-\d\dT[\d:.]+)\.zip$/.exec(fileName) ?? [];
  const isOwn = isTimestamp(timestamp) && fileName === `${weblogName(ousUid, timestamp)}.zip`;
  return isOwn ? timestamp : undefined;
}

export function isProductFileName(name: string): boolean {
  return /^product.*\.data$/.test(name);
}

export function isReportFileName(name: string): boolean {
  return /^pl-report-.*\.xml$/.test(name);
}

export function isWeblogFileName(name: string): boolean {
  return /^weblog-.*\.zip$/.test(name);
}
