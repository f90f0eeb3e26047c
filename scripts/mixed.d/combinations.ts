// Who is one of ours and who a Python one: all but one of either kind.

export const mixedActors = [
  'launcher',
  'aqua-batch-helper',
  'dra',
  'xtss',
  'torque-maui',
  'pipeline-driver',
  'pipeline',
  'replicated-cache',
  'aqua-qa2',
  'product-ingestor',
  'data-tracker',
] as const;

export type MixedActor = (typeof mixedActors)[number];

export interface Combination {
  /** `one-python/xtss`: the Python XTSS among ours. */
  name: string;
  isPython(actor: MixedActor): boolean;
}

export const combinations: readonly Combination[] = [
  ...mixedActors.map((one) => ({
    name: `one-python/${one}`,
    isPython: (actor: MixedActor) => actor === one,
  })),
  ...mixedActors.map((one) => ({
    name: `one-ours/${one}`,
    isPython: (actor: MixedActor) => actor !== one,
  })),
];
