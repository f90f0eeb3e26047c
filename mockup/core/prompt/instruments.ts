// The cameras: how many detectors each has, and how many snaps a visit takes.
// Source: the prototype's tester and service.

import { InvalidInputError } from '../errors.ts';

export interface Instrument {
  /** `LSSTCam`: in topics, object names and visits. */
  name: string;
  /** Full class name, as in `RUBIN_INSTRUMENT`. */
  className: string;
  detectors: number;
  snaps: number;
}

export const instruments: readonly Instrument[] = [
  { name: 'LSSTCam', className: 'lsst.obs.lsst.LsstCam', detectors: 205, snaps: 2 },
  { name: 'LSSTComCam', className: 'lsst.obs.lsst.LsstComCam', detectors: 9, snaps: 2 },
  { name: 'LATISS', className: 'lsst.obs.lsst.Latiss', detectors: 1, snaps: 1 },
  { name: 'DECam', className: 'lsst.obs.decam.DarkEnergyCamera', detectors: 62, snaps: 1 },
  { name: 'HSC', className: 'lsst.obs.subaru.HyperSuprimeCam', detectors: 112, snaps: 1 },
];

/** By its short name, or by its class name with or without its module. Throws InvalidInputError. */
export function instrumentNamed(name: string): Instrument {
  const found = instruments.find(
    (one) =>
      one.name.toLowerCase() === name.toLowerCase() ||
      one.className === name ||
      one.className.split('.').at(-1) === name,
  );
  if (found) return found;
  const known = instruments.map((one) => one.name).join(', ');
  throw new InvalidInputError(`there is no instrument ${JSON.stringify(name)} (known: ${known})`);
}
