// The layer table: which part may import which.

const everyPackage = /^[^.m]|^m(?!ockup\/)/;

export interface Layer {
  /** Layers below, by name; a layer may always import itself. */
  below: string[];
  /** Packages and Node modules it may import; all where absent. */
  packages?: RegExp;
}

export const layers: Record<string, Layer> = {
  'mockup/core': { below: [], packages: /^(zod|node:util)$/ },
  'mockup/platform': { below: ['mockup/core'] },
  'mockup/couch-server': { below: ['mockup/core', 'mockup/platform'] },
  'mockup/replication': { below: ['mockup/core', 'mockup/platform'] },
  'mockup/actors': { below: ['mockup/core', 'mockup/platform'] },
  'mockup/dbb': { below: ['mockup/core', 'mockup/platform'] },
  'mockup/prompt': { below: ['mockup/core', 'mockup/platform'] },
  'dashboard/protocol': { below: [] },
  'dashboard/server': { below: ['mockup/core', 'mockup/platform', 'dashboard/protocol'] },
  'dashboard/web': { below: ['mockup/core', 'dashboard/protocol'] },
  'mockup/simulator': {
    below: [
      'mockup/core',
      'mockup/platform',
      'mockup/couch-server',
      'mockup/replication',
      'mockup/actors',
      'mockup/dbb',
    ],
  },
  'mockup/cli': {
    below: [
      'mockup/core',
      'mockup/platform',
      'mockup/couch-server',
      'mockup/replication',
      'mockup/actors',
      'mockup/dbb',
      'mockup/prompt',
      'mockup/simulator',
      'dashboard/server',
      'dashboard/protocol',
    ],
  },
};

export function layerOf(path: string): string | undefined {
  return Object.keys(layers).find((layer) => path.startsWith(`${layer}/`));
}

export function mayImport(from: string, imported: string): boolean {
  const layer = layerOf(from);
  if (!layer) return false;
  const { below, packages = everyPackage } = layers[layer] as Layer;
  const target = layerOf(imported);
  if (!target)
    return /^(mockup|dashboard|test|scripts)\//.test(imported) ? false : packages.test(imported);
  if (target === layer) return sameUnit(from, imported);
  return below.includes(target);
}

/** The rooms of the two DBB managers: which may import which. Other rooms there are for both. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  handoff: ['handoff', 'holding'],
  holding: ['holding'],
  endpoint: ['endpoint', 'storage'],
  storage: ['storage'],
};

/** Two actors, or two DBB managers, meet through messages and documents, not through imports. */
function sameUnit(from: string, imported: string): boolean {
  const actor = /^mockup\/actors\/([^/]+)\//;
  if (actor.exec(from)?.[1] !== actor.exec(imported)?.[1]) return false;
  const manager = /^mockup\/dbb\/(handoff|holding|endpoint|storage)\//;
  const [, ours] = manager.exec(from) ?? [];
  const [, theirs] = manager.exec(imported) ?? [];
  return theirs === undefined || (PARTS[ours ?? ''] ?? []).includes(theirs);
}
