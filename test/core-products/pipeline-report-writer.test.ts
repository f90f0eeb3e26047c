import { describe, expect, it } from 'vitest';
import { escapeMarkup } from '../../mockup/core/products/markup.ts';
import {
  finalScore,
  formatDuration,
  makePipelineReport,
  type PipelineReport,
} from '../../mockup/core/products/pipeline-report-writer.ts';

const report: PipelineReport = {
  progId: '2015.1.00657.S',
  ousUid: 'uid://X1/X1/Xb0',
  recipe: 'PipelineCalibration',
  timestamp: '2018-07-19T07:10:03.781',
  processingTime_s: 3725,
  topics: [
    { topic: 'Dataset', score: 1, reason: 'complete' },
    { topic: 'Calibration', score: 0.9654, reason: '3 < 4 & "odd"' },
    { topic: 'Imaging', score: 0.7, reason: 'noisy' },
    { topic: 'Flagging', score: 0.8, reason: '' },
  ],
};

describe('the Pipeline report', () => {
  it('says what was processed and how well', () => {
    const xml = makePipelineReport(report);
    expect(xml).toContain('<ProposalCode>2015.1.00657.S</ProposalCode>');
    expect(xml).toContain('<OusEntityId>uid://X1/X1/Xb0</OusEntityId>');
    expect(xml).toContain('<ProcessingTime>1:02:05</ProcessingTime>');
    expect(xml).toContain('<Dataset Score="1.000" Reason="complete"/>');
    expect(xml).toContain('<FinalScore>0.700</FinalScore>');
  });

  it('keeps text from becoming markup', () => {
    const xml = makePipelineReport({ ...report, recipe: ']]></Recipe><script>' });
    expect(xml).toContain('Reason="3 &lt; 4 &amp; &quot;odd&quot;"');
    expect(xml).not.toContain('<script>');
    expect(xml.match(/<\/Recipe>/g)).toHaveLength(1);
  });

  it('replaces what XML can not hold', () => {
    expect(escapeMarkup('a\0b\ud800c\n')).toBe('a\ufffdb\ufffdc\n');
  });

  it('counts a run as good as its weakest topic', () => {
    expect(finalScore(report.topics)).toBe(0.7);
    expect(finalScore([])).toBe(0);
  });

  it('writes durations beyond an hour and below a minute', () => {
    expect(formatDuration(7.4)).toBe('0:00:07');
    expect(formatDuration(36_000)).toBe('10:00:00');
  });
});
