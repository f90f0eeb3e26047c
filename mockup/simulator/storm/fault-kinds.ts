// The faults of a storm by name, with what each does: for help texts, and for who chooses some.

export const faultKinds = {
  kill: 'a process dies at one of its port calls, before the effect or after it',
  freeze: 'a process is stopped (SIGSTOP) at a port call and comes back; its children go on',
  refused: 'the server of a site does not take one request of a process',
  'answer-lost': 'a request takes effect, its answer never comes',
  late: 'a request, or its answer, comes many seconds late',
  cut: 'nothing goes between an ARC and JAO',
  'one-way': 'things go between an ARC and JAO in one direction alone',
  slow: 'everything between an ARC and JAO takes many times as long',
  duplicate: 'replication sends again what it has sent already',
  reorder: 'replicated documents arrive one by one, in another order',
  'disk-full': 'there is no room for anything new on the disks of a site',
  torn: 'a process dies while it writes a file; half of it stays under a temporary name',
  'rsync-half': 'a copy between sites breaks off in the middle',
  'clock-step': 'the clock of a site is set, forward or back',
  'clock-drift': 'the clock of a site goes too fast or too slowly',
  'server-restart': 'the server of a site is away, and comes back with what was durable',
  twin: 'a second one of an actor runs beside the first',
} as const;

export type FaultKind = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as FaultKind[];

/** Those that only the servers and the client that ship know what to do with. */
export const ofShippedServers: ReadonlySet<FaultKind> = new Set([
  'refused',
  'answer-lost',
  'reorder',
  'server-restart',
]);

/** Those that befall a process at one of its port calls. */
export const strikes: ReadonlySet<FaultKind> = new Set([
  'kill',
  'freeze',
  'refused',
  'answer-lost',
  'late',
  'torn',
  'rsync-half',
]);
