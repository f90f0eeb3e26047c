// Names of raw images in the bucket:
// {instrument}/{detector}/{group}/{snap}/{expid}/{filter}/, and then the file's name
// {instrument}-{group}-{snap}-{expid}-{filter}-{detector}.fz
// Source: the prototype's pattern for raws.

export interface ImageName {
  instrument: string;
  detector: number;
  group: string;
  snap: number;
  exposureId: string;
  filter: string;
}

const NAME =
  /^([^/]+)\/(\d{1,5})\/([^/]+)\/(\d{1,3})\/([^/]+)\/([^/]+)\/[^/]+\.(?:f|fz|fits|fits\.gz|fits\.fz)$/;

/** Undefined for what is no raw image: a sidecar, a log, somebody's notes. */
export function readImageName(name: string): ImageName | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, instrument = '', detector, group = '', snap, exposureId = '', filter = ''] = match;
  return {
    ...{ instrument, group, exposureId, filter },
    detector: Number(detector),
    snap: Number(snap),
  };
}

export function imageName(image: ImageName): string {
  const { instrument, detector, group, snap, exposureId, filter } = image;
  const file = `${instrument}-${group}-${snap}-${exposureId}-${filter}-${detector}.fz`;
  return `${imagePrefix(image)}${snap}/${exposureId}/${filter}/${file}`;
}

/** What the names of all images of one detector's visit begin with. */
export function imagePrefix({
  instrument,
  detector,
  group,
}: Pick<ImageName, 'instrument' | 'detector' | 'group'>): string {
  return `${instrument}/${detector}/${group}/`;
}
