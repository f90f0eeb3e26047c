// The databases of the workflow: what each stands for, and which way it is replicated. JAO's are
// pulled by every ARC; those marked `both` are pulled by JAO from every ARC as well.

export const databaseNames = {
  statusEntities: 'status-entities',
  pipelineReports: 'pipeline-reports',
  ngas: 'ngas',
  productsMetadata: 'products-metadata',
  deliveryStatus: 'delivery-status',
  messages: 'msgq',
  actors: 'actors',
} as const;

export type WorkflowDatabase = (typeof databaseNames)[keyof typeof databaseNames];

export interface DatabaseDefinition {
  name: WorkflowDatabase;
  standsFor: string;
  replication: 'to-arc' | 'both';
  /** Fields of the Mango indexes that the declared queries need (queries.ts). */
  indexes: readonly (readonly string[])[];
}

export const workflowDatabases: readonly DatabaseDefinition[] = [
  {
    name: 'status-entities',
    standsFor: 'Oracle: the OUSs',
    replication: 'to-arc',
    indexes: [
      ['state'],
      ['state', 'timestamp'],
      ['flags.PL_PROCESSING_EXECUTIVE', 'state'],
      ['progID'],
    ],
  },
  {
    name: 'pipeline-reports',
    standsFor: 'Oracle: the Pipeline reports',
    replication: 'to-arc',
    indexes: [['ousUID', 'timestamp'], ['productsDir']],
  },
  { name: 'ngas', standsFor: 'NGAS: the archive', replication: 'to-arc', indexes: [] },
  {
    name: 'products-metadata',
    standsFor: 'Oracle: the metadata of products',
    replication: 'to-arc',
    indexes: [['ousUID']],
  },
  {
    name: 'delivery-status',
    standsFor: 'Oracle: the state of deliveries',
    replication: 'to-arc',
    indexes: [],
  },
  {
    name: 'msgq',
    standsFor: 'the message bus',
    replication: 'both',
    indexes: [
      ['consumed', 'selector'],
      ['consumed', 'creationTimestamp'],
      ['delivery.state', 'selector'],
      ['delivery.state', 'delivery.finishedAt'],
      ['answerTo', 'consumed'],
      ['body.ousUID'],
    ],
  },
  { name: 'actors', standsFor: 'heartbeats of the actors', replication: 'both', indexes: [] },
];
