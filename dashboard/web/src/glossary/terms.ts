// The words of the field that a guest may not know, in a sentence or two each.

export interface GlossaryEntry {
  term: string;
  meaning: string;
}

export const glossary: readonly GlossaryEntry[] = [
  {
    term: 'OUS',
    meaning:
      'Observation Unit Set: observations that are processed, reviewed and delivered together. ' +
      'Each has a UID such as uid://A001/X1465/X346b.',
  },
  {
    term: 'state',
    meaning:
      'Where an OUS is in its life, from FullyObserved to Delivered: a column of the board.',
  },
  {
    term: 'substate',
    meaning: 'A finer step within a state, such as the recipe that waits, or IngestingProducts.',
  },
  {
    term: 'recipe',
    meaning: 'How the Pipeline is to process an OUS: calibration, imaging, both, single dish …',
  },
  {
    term: 'executive',
    meaning: 'The organisation that processes an OUS: JAO in Chile, or the ARC of EU, NA or EA.',
  },
  {
    term: 'ARC',
    meaning: 'ALMA Regional Centre: in Europe (EU), North America (NA) and East Asia (EA).',
  },
  {
    term: 'JAO',
    meaning: 'Joint ALMA Observatory, in Santiago de Chile: all reviews happen there.',
  },
  {
    term: 'XTSS',
    meaning:
      'The state system: the one actor that changes the state of an OUS. All others ask it, and it ' +
      'refuses what the life cycle does not allow.',
  },
  {
    term: 'DRA',
    meaning: 'Data Reducer Assignment: the tool by which an OUS is given to an executive.',
  },
  {
    term: 'Pipeline',
    meaning: 'The software that turns raw observations into calibrated data and images.',
  },
  {
    term: 'QA2',
    meaning:
      'Quality assurance after processing: a person looks at report and weblog and says Pass, ' +
      'Semipass or Fail.',
  },
  {
    term: 'AQUA',
    meaning:
      'The tool of the reviewers: it receives the reports of the Pipeline and takes verdicts.',
  },
  {
    term: 'weblog',
    meaning: 'Pages that a run of the Pipeline writes about itself, for the reviewer.',
  },
  {
    term: 'NGAS',
    meaning: 'The archive of files: what was delivered is there, with a checksum.',
  },
  {
    term: 'selector',
    meaning:
      'The name of a queue on the message bus, such as pipeline.process.EU: who listens to it gets ' +
      'the message.',
  },
  {
    term: 'replication',
    meaning:
      'A database copies its changes to another site, and catches up by itself after an outage.',
  },
  {
    term: 'dead message',
    meaning: 'One that failed five times: it waits for a person, who retries or deletes it.',
  },
  {
    term: 'torque-maui',
    meaning: 'The batch system of a site: it runs so many Pipeline jobs at a time, others queue.',
  },
];

const byWord = new Map(glossary.map((entry) => [entry.term.toLowerCase(), entry]));

export function entryOf(word: string): GlossaryEntry | undefined {
  return byWord.get(word.toLowerCase());
}
