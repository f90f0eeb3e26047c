// The picture of the line as data: which actor stands where, which way messages go between them.
// Units are those of the drawing, 1600 wide. JAO is on the left, the ARCs on the right, and the
// selectors of messages between them stand in the gap.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlannedActor {
  /** As the heartbeat's document: `EU.torque-maui`. */
  id: string;
  name: string;
  site: string;
  box: Box;
  /** Whose jobs it is started for, as it keeps no heartbeat itself. */
  startedBy?: string;
}

export interface PlannedQueue {
  /** The selector. */
  id: string;
  box: Box;
}

interface PlannedEdge {
  id: string;
  /** An SVG path. */
  d: string;
  kind: 'message' | 'starts' | 'files';
  /** Between which actor and which queue messages go along it. */
  along?: { actor: string; queue: string };
}

export interface PlannedSite {
  name: string;
  box: Box;
}

export interface LinePlan {
  width: number;
  height: number;
  sites: PlannedSite[];
  actors: PlannedActor[];
  queues: PlannedQueue[];
  edges: PlannedEdge[];
  /** Where the replications are drawn. */
  replications: Box;
}

type SitePlan = Pick<LinePlan, 'actors' | 'queues' | 'edges'>;

export const XTSS_BOX: Box = { x: 40, y: 210, width: 752, height: 84 };
const ROWS = [66, 210, 354, 506] as const;
const NODE = { width: 232, height: 84 };
const COLUMNS = [40, 300, 560] as const;
const CHIP = { x: 830, width: 198, height: 50 };
const ARC_LEFT = 1072;
const ARC_WIDTH = 512;
const TOP = 12;
const SITES_HEIGHT = 598;
const GAP = 12;

export function planLine(arcs: readonly string[]): LinePlan {
  const height = (SITES_HEIGHT - GAP * (arcs.length - 1)) / arcs.length;
  const arcSites = arcs.map((name, index) => {
    const box = { x: ARC_LEFT, y: TOP + index * (height + GAP), width: ARC_WIDTH, height };
    return { name, box };
  });
  const parts = arcSites.map((site, index) =>
    arcs.length === 1 ? planOnlyArc(site) : planArc(site, index),
  );
  const stripHeight = arcs.length === 1 ? 196 : 54 + arcs.length * 78;
  return {
    width: 1600,
    height: TOP + SITES_HEIGHT + GAP + stripHeight + 4,
    sites: [
      { name: 'JAO', box: { x: 16, y: TOP, width: 800, height: SITES_HEIGHT } },
      ...arcSites,
    ],
    actors: [...jaoActors(), ...parts.flatMap(({ actors }) => actors)],
    queues: [...jaoQueues(), ...parts.flatMap(({ queues }) => queues)],
    edges: [...jaoEdges(), ...parts.flatMap(({ edges }) => edges)],
    replications: { x: 16, y: TOP + SITES_HEIGHT + GAP, width: 1568, height: stripHeight },
  };
}

function jaoActors(): PlannedActor[] {
  const at = (name: string, column: 0 | 1 | 2, row: 0 | 2 | 3, startedBy?: string) => ({
    id: `JAO.${name}`,
    name,
    site: 'JAO',
    box: { x: COLUMNS[column], y: ROWS[row], ...NODE },
    ...(startedBy && { startedBy }),
  });
  return [
    at('launcher', 0, 0, 'a person'),
    at('aqua-batch-helper', 1, 0),
    at('dra', 2, 0),
    { id: 'JAO.xtss', name: 'xtss', site: 'JAO', box: XTSS_BOX },
    at('data-tracker', 0, 2),
    at('product-ingestor', 1, 2),
    at('aqua-qa2', 2, 2),
    at('torque-maui', 0, 3),
    at('pipeline-driver', 1, 3, 'JAO.torque-maui'),
    at('replicated-cache', 2, 3),
  ];
}

function jaoQueues(): PlannedQueue[] {
  const chip = (id: string, middle: number) => ({
    id,
    box: { ...CHIP, y: middle - CHIP.height / 2 },
  });
  return [
    chip('xtss', 252),
    chip('pipeline.report.JAO', 396),
    chip('cached.JAO', 536),
    { id: 'ingest.JAO', box: { x: 466, y: 447, width: 160, height: 50 } },
    { id: 'pipeline.process.JAO', box: { x: 40, y: 447, width: 220, height: 50 } },
  ];
}

function jaoEdges(): PlannedEdge[] {
  const down = COLUMNS.map((x, index) => message(`to-xtss-${index}`, `M${x + 116} 150V206`));
  const up = COLUMNS.map((x, index) => message(`up-to-xtss-${index}`, `M${x + 116} 354V298`));
  return [
    ...down,
    ...up,
    message('ingest', 'M676 438V472H630', 'JAO.aqua-qa2', 'ingest.JAO'),
    message('ingest-end', 'M466 472H416V442', 'JAO.product-ingestor', 'ingest.JAO'),
    message('process-jao', 'M150 497V502'),
    { id: 'starts-jao', d: 'M272 548H296', kind: 'starts' },
    message('xtss-end', 'M830 252H796', 'JAO.xtss', 'xtss'),
    message('report-end', 'M830 396H796', 'JAO.aqua-qa2', 'pipeline.report.JAO'),
    message('cached-end', 'M830 536H796', 'JAO.replicated-cache', 'cached.JAO'),
  ];
}

/** With the whole height to itself, in two columns. */
function planOnlyArc({ name, box }: PlannedSite): SitePlan {
  const [left, right] = [box.x + 24, box.x + 268];
  const width = 220;
  const at = (actor: string, x: number, row: 0 | 1 | 2 | 3, startedBy?: string) => ({
    id: `${name}.${actor}`,
    name: actor,
    site: name,
    box: { x, y: ROWS[row], width, height: NODE.height },
    ...(startedBy && { startedBy: `${name}.${startedBy}` }),
  });
  const chipEnd = CHIP.x + CHIP.width;
  const process = `pipeline.process.${name}`;
  const driver = `${name}.pipeline-driver`;
  return {
    actors: [
      at('torque-maui', left, 0),
      at('pipeline-driver', left, 1, 'torque-maui'),
      at('pipeline', right, 1, 'torque-maui'),
      at('data-tracker', right, 3),
      at('replicated-cache', left, 3),
    ],
    queues: [
      { id: process, box: { ...CHIP, y: 83 } },
      { id: `cached.${name}`, box: { x: left + 17, y: 371, width: 186, height: 50 } },
    ],
    edges: [
      message(`process-${name}`, 'M792 108H830', 'JAO.dra', process),
      message(
        `process-end-${name}`,
        `M${chipEnd} 108H${left - 4}`,
        `${name}.torque-maui`,
        process,
      ),
      { id: `starts-${name}`, d: `M${left + 110} 150V206`, kind: 'starts' },
      { id: `runs-${name}`, d: `M${left + width} 252H${right - 4}`, kind: 'starts' },
      message(`xtss-${name}`, `M${left} 252H${chipEnd + 4}`, driver, 'xtss'),
      message(
        `report-${name}`,
        `M${left} 272C${left - 50} 272 ${left - 26} 396 ${chipEnd + 4} 396`,
        driver,
        'pipeline.report.JAO',
      ),
      message(
        `cached-${name}`,
        `M${left + 12} 294C${left + 12} 400 ${left + 6} 536 ${chipEnd + 4} 536`,
        driver,
        'cached.JAO',
      ),
      message(`cached-here-${name}`, `M${left + 110} 294V367`, driver, `cached.${name}`),
      message(
        `cached-here-end-${name}`,
        `M${left + 110} 421V502`,
        `${name}.replicated-cache`,
        `cached.${name}`,
      ),
      {
        id: `tracker-${name}`,
        d: `M${right + 110} 506V470C${right + 110} 330 ${left + 80} 330 ${left - 20} 322C${left - 70} 318 ${chipEnd + 40} 268 ${chipEnd + 4} 264`,
        kind: 'message',
        along: { actor: `${name}.data-tracker`, queue: 'xtss' },
      },
      { id: `rsync-${name}`, d: `M${left} 572H796`, kind: 'files' },
    ],
  };
}

/** One of several: in two rows, with its queues in the gap. */
function planArc({ name, box }: PlannedSite, index: number): SitePlan {
  const width = 156;
  const height = Math.min(NODE.height, (box.height - 68) / 2);
  const rows = [box.y + 46, box.y + 46 + height + 10] as const;
  const at = (actor: string, column: 0 | 1 | 2, row: 0 | 1, startedBy?: string, wide = 1) => ({
    id: `${name}.${actor}`,
    name: actor,
    site: name,
    box: {
      x: box.x + 14 + column * 164,
      y: rows[row],
      width: width * wide + 8 * (wide - 1),
      height,
    },
    ...(startedBy && { startedBy: `${name}.${startedBy}` }),
  });
  const chipEnd = CHIP.x + CHIP.width;
  const process = `pipeline.process.${name}`;
  const driver = `${name}.pipeline-driver`;
  const middle = rows[0] + height / 2;
  const chip = 62 + index * 54;
  const left = box.x + 14;
  const curve = (y: number) =>
    `M${left} ${middle}C${left - 40} ${middle} ${chipEnd + 40} ${y} ${chipEnd + 4} ${y}`;
  return {
    actors: [
      at('torque-maui', 0, 0),
      at('pipeline-driver', 1, 0, 'torque-maui'),
      at('pipeline', 2, 0, 'torque-maui'),
      at('replicated-cache', 0, 1),
      at('data-tracker', 1, 1),
    ],
    queues: [
      { id: process, box: { ...CHIP, y: chip - 23, height: 46 } },
      { id: `cached.${name}`, box: { x: box.x + 342, y: rows[1], width, height } },
    ],
    edges: [
      message(`process-${name}`, `M792 ${Math.min(chip, 140)}H830`, 'JAO.dra', process),
      message(
        `process-end-${name}`,
        `M${chipEnd} ${chip}C${chipEnd + 40} ${chip} ${left - 40} ${middle - 14} ${left - 4} ${middle - 14}`,
        `${name}.torque-maui`,
        process,
      ),
      { id: `starts-${name}`, d: `M${left + width} ${middle}H${left + 160}`, kind: 'starts' },
      { id: `runs-${name}`, d: `M${left + 320} ${middle}H${left + 324}`, kind: 'starts' },
      message(`xtss-${name}`, curve(252), driver, 'xtss'),
      message(`report-${name}`, curve(396), driver, 'pipeline.report.JAO'),
      message(`cached-${name}`, curve(536), driver, 'cached.JAO'),
    ],
  };
}

function message(id: string, d: string, actor?: string, queue?: string): PlannedEdge {
  return actor && queue
    ? { id, d, kind: 'message', along: { actor, queue } }
    : { id, d, kind: 'message' };
}
