// Names of what one Pipeline run writes. `timestamp` is that of the run and stands in every name,
// so the names of two runs of one OUS never meet.

import { uidAsDirectoryName, uidAsFileNamePart } from '../identifiers.ts';

export const PRODUCTS_PER_RUN = 5;

/** `2015.1.00657.S_2018_07_19T07_10_03.781`: the directory of a run in a cache. */
export function productsDirectoryName(progId: string, timestamp: string): string {
  return `${progId}_${timestamp.replaceAll(/[:-]/g, '_')}`;
}

/** Where the files of a run are, below its products directory. */
export function productsSubpath(ousUid: string): string {
  return `SOUS/GOUS/${uidAsDirectoryName(ousUid)}/products`;
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

export function isProductFileName(name: string): boolean {
  return /^product.*\.data$/.test(name);
}
