// The focal plane: a tile for each detector in the colour and with the sign of its state. With keys:
// arrows go from tile to tile, Enter or the space bar chooses.

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { DetectorPlace } from '../../../../mockup/core/prompt/focal-plane.ts';
import type { VisitSummary } from '../../../protocol/summaries.ts';
import { visitClass, visitSign } from '../look/visit-look.ts';
import type { VisitGroup } from '../model/visit-groups.ts';
import { neighbourOf, placesOf } from './plane-places.ts';
import { choose } from './visit-choice.ts';

const UNIT = 30;
const TILE = 27;
const SIGN = 15;

const arrows: Readonly<Record<string, readonly [right: number, up: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

interface FocalPlaneProps {
  group: VisitGroup;
  chosen: number | undefined;
}

export function FocalPlane({ group, chosen }: FocalPlaneProps) {
  const plane = useRef<SVGSVGElement>(null);
  const focused = useSignal<number | undefined>(undefined);
  const places = placesOf(group);
  const inTabOrder =
    places.find(({ detector }) => detector === (focused.value ?? chosen)) ?? places[0];

  const onKeyDown = (event: KeyboardEvent): void => {
    const way = arrows[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (inTabOrder) choose({ detector: String(inTabOrder.detector) });
    } else if (event.key === 'Escape' && chosen !== undefined) {
      event.preventDefault();
      choose({ detector: '' });
    } else if (way && inTabOrder) {
      event.preventDefault();
      const next = neighbourOf(places, inTabOrder, way);
      const selector = `[data-detector="${next?.detector}"]`;
      if (next) plane.current?.querySelector<SVGElement>(selector)?.focus();
    }
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no drawing.
    <svg
      ref={plane}
      class="focal-plane"
      viewBox={frameOf(places)}
      role="group"
      aria-label={`Focal plane of ${group.instrument}, ${group.visits.size} detectors announced`}
      onKeyDown={onKeyDown}
    >
      {places.map((place) => (
        <Tile
          key={place.detector}
          place={place}
          visit={group.visits.get(place.detector)}
          isChosen={place.detector === chosen}
          isInTabOrder={place === inTabOrder}
          onFocus={() => {
            focused.value = place.detector;
          }}
        />
      ))}
    </svg>
  );
}

interface TileProps {
  place: DetectorPlace;
  visit: VisitSummary | undefined;
  isChosen: boolean;
  isInTabOrder: boolean;
  onFocus(): void;
}

function Tile({ place, visit, isChosen, isInTabOrder, onFocus }: TileProps) {
  const { detector, name, x, y } = place;
  const words = visit ? visit.state : 'not announced';
  const label = `${name === String(detector) ? '' : `${name}, `}detector ${detector}: ${words}`;
  const shift = (TILE - SIGN) / 2;
  return (
    // biome-ignore lint/a11y/useSemanticElements: there are no buttons in a drawing.
    <g
      role="button"
      class={`tile ${visit ? visitClass(visit.state) : 'is-absent'} ${isChosen ? 'is-chosen' : ''}`}
      data-detector={detector}
      data-state={visit?.state}
      tabIndex={isInTabOrder ? 0 : -1}
      aria-label={label}
      aria-pressed={isChosen}
      transform={`translate(${x * UNIT - TILE / 2} ${-y * UNIT - TILE / 2})`}
      onClick={() => choose({ detector: String(detector) })}
      onFocus={onFocus}
    >
      <title>{label}</title>
      <rect class="tile-ground" width={TILE} height={TILE} rx="3" />
      {visit && (
        <path
          class="visit-sign"
          d={visitSign(visit.state)}
          transform={`translate(${shift} ${shift}) scale(${SIGN / 16})`}
        />
      )}
    </g>
  );
}

/** The part of the drawing that is seen, with room for the mark of the focus. */
function frameOf(places: readonly DetectorPlace[]): string {
  const xs = places.map(({ x }) => x * UNIT);
  const ys = places.map(({ y }) => -y * UNIT);
  const [left, top] = [Math.min(...xs), Math.min(...ys)].map((edge) => edge - UNIT * 0.6);
  const [right, bottom] = [Math.max(...xs), Math.max(...ys)].map((edge) => edge + UNIT * 0.6);
  const [x = 0, y = 0, x2 = 0, y2 = 0] = [left, top, right, bottom];
  return `${x} ${y} ${x2 - x} ${y2 - y}`;
}
