// The Pipeline report that AQUA shows to the reviewer: a PipelineAquaReport in XML. Element names
// are those of the Pipeline; `Score` and `Reason` of a topic are attributes.

import { escapeMarkup } from './markup.ts';

export const reportTopics = ['Dataset', 'Calibration', 'Imaging', 'Flagging'] as const;

export type ReportTopic = (typeof reportTopics)[number];

export interface TopicScore {
  topic: ReportTopic;
  /** From 0 (unusable) to 1 (perfect). */
  score: number;
  /** Why, in words. */
  reason: string;
}

export interface PipelineReport {
  progId: string;
  ousUid: string;
  recipe: string;
  /** Of the run: `2018-07-19T07:10:03.781`. */
  timestamp: string;
  processingTime_s: number;
  topics: readonly TopicScore[];
}

/** A run is as good as its weakest topic; 0 where there is none. */
export function finalScore(topics: readonly TopicScore[]): number {
  return topics.length === 0 ? 0 : Math.min(...topics.map(({ score }) => score));
}

/** The report as XML, with all text escaped. */
export function makePipelineReport(report: PipelineReport): string {
  const topics = report.topics.map(
    ({ topic, score, reason }) =>
      `    <${topic} Score="${formatScore(score)}" Reason="${escapeMarkup(reason)}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<PipelineAquaReport>',
    '  <ProjectStructure>',
    element('ProposalCode', report.progId),
    element('OusEntityId', report.ousUid),
    element('OusStatusEntityId', report.ousUid),
    element('Recipe', report.recipe),
    element('ProcessingTime', formatDuration(report.processingTime_s)),
    '  </ProjectStructure>',
    '  <QaSummary>',
    element('ReportDate', report.timestamp.replace('T', ' ')),
    element('FinalScore', formatScore(finalScore(report.topics))),
    '  </QaSummary>',
    '  <QaPerTopic>',
    ...topics,
    '  </QaPerTopic>',
    '</PipelineAquaReport>',
    '',
  ].join('\n');
}

/** 0.9 → `0.900`. */
export function formatScore(score: number): string {
  return score.toFixed(3);
}

/** 3725 s → `1:02:05`. */
export function formatDuration(duration_s: number): string {
  const seconds = Math.round(duration_s);
  const twoDigits = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

function element(name: string, text: string): string {
  return `    <${name}>${escapeMarkup(text)}</${name}>`;
}
