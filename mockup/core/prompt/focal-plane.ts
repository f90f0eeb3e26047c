// Where the detectors of a camera are in its focal plane, in units of one detector's width, with
// the middle of the plane at 0, 0. LSSTCam: 21 science rafts of 3 × 3 detectors, and a raft in each
// corner with two guiders and two wavefront sensors. Other cameras: a square, row by row.
// Source of LSSTCam's numbering: the camera description of obs_lsst.

import { instrumentNamed } from './instruments.ts';

export interface DetectorPlace {
  detector: number;
  /** `R22_S11`, or the number as text. */
  name: string;
  x: number;
  y: number;
}

const RAFTS = 5;
const RAFT_DETECTORS = 3;
const CORNER_SENSORS = ['SG0', 'SG1', 'SW0', 'SW1'] as const;

export function focalPlane(instrument: string): DetectorPlace[] {
  const { name, detectors } = instrumentNamed(instrument);
  return name === 'LSSTCam' ? lsstCam() : square(detectors);
}

function lsstCam(): DetectorPlace[] {
  const science: DetectorPlace[] = [];
  const corners: DetectorPlace[] = [];
  for (let row = 0; row < RAFTS; row++) {
    for (let column = 0; column < RAFTS; column++) {
      if (row % (RAFTS - 1) === 0 && column % (RAFTS - 1) === 0) {
        corners.push(...cornerRaft(row, column));
      } else science.push(...scienceRaft(row, column));
    }
  }
  return [...science, ...corners].map((place, detector) => ({ ...place, detector }));
}

function scienceRaft(row: number, column: number): DetectorPlace[] {
  const places: DetectorPlace[] = [];
  for (let y = 0; y < RAFT_DETECTORS; y++) {
    for (let x = 0; x < RAFT_DETECTORS; x++) {
      places.push({
        detector: 0,
        name: `R${row}${column}_S${y}${x}`,
        x: (column - 2) * RAFT_DETECTORS + x - 1,
        y: (row - 2) * RAFT_DETECTORS + y - 1,
      });
    }
  }
  return places;
}

/** Two by two, on the side of the raft that looks to the middle. */
function cornerRaft(row: number, column: number): DetectorPlace[] {
  const inward = { x: column === 0 ? 1 : -1, y: row === 0 ? 1 : -1 };
  return CORNER_SENSORS.map((sensor, index) => ({
    detector: 0,
    name: `R${row}${column}_${sensor}`,
    x: (column - 2) * RAFT_DETECTORS + inward.x * (index % 2),
    y: (row - 2) * RAFT_DETECTORS + inward.y * Math.floor(index / 2),
  }));
}

function square(detectors: number): DetectorPlace[] {
  const side = Math.ceil(Math.sqrt(detectors));
  const middle = (side - 1) / 2;
  return Array.from({ length: detectors }, (_, detector) => ({
    detector,
    name: String(detector),
    x: (detector % side) - middle,
    y: Math.floor(detector / side) - middle,
  }));
}
