// Reading Pipeline reports: what was written comes back, and nothing that arrives does harm.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePipelineReport } from '../../../mockup/core/products/pipeline-report.ts';
import {
  makePipelineReport,
  reportTopics,
} from '../../../mockup/core/products/pipeline-report-writer.ts';

const score = fc.integer({ min: 0, max: 1000 }).map((thousandths) => thousandths / 1000);

test('what was written is read', () => {
  const topics = fc.tuple(
    ...reportTopics.map((topic) => fc.record({ topic: fc.constant(topic), score, reason: words })),
  );
  fc.assert(
    fc.property(topics, (written) => {
      const xml = makePipelineReport({
        progId: '2015.1.00657.S',
        ousUid: 'uid://X1/X1/Xb0',
        recipe: 'PipelineImaging',
        timestamp: '2018-07-19T07:10:03.781',
        processingTime_s: 3725,
        topics: written,
      });
      const read = parsePipelineReport(xml);
      expect(read).toEqual({
        progId: '2015.1.00657.S',
        ousUid: 'uid://X1/X1/Xb0',
        recipe: 'PipelineImaging',
        processingTime: '1:02:05',
        finalScore: Math.min(...written.map((topic) => topic.score)),
        topics: written,
      });
    }),
  );
});

const words = fc.string({ unit: fc.constantFrom(...'ab &<>"\'/=é!-]') });

describe('other writings', () => {
  test('scores and reasons as elements, comments, CDATA, unknown elements', () => {
    const read = parsePipelineReport(`<?xml version='1.0'?><!DOCTYPE x>
      <!-- <FinalScore>9</FinalScore> -->
      <PipelineAquaReport><QaSummary><FinalScore> 0.5 </FinalScore><New a='1'/></QaSummary>
      <QaPerTopic>
        <Dataset Score='0.7'/>
        <Imaging><Score>0.5</Score><Reason><![CDATA[a < b]]></Reason></Imaging>
        <Flagging Score="n/a" Reason="&#65;&#x42;&unknown;"/>
      </QaPerTopic></PipelineAquaReport>`);
    expect(read.finalScore).toBe(0.5);
    expect(read.topics).toEqual([
      { topic: 'Dataset', score: 0.7, reason: '' },
      { topic: 'Imaging', score: 0.5, reason: 'a < b' },
      { topic: 'Flagging', score: undefined, reason: 'AB&unknown;' },
    ]);
  });

  test('what is no report says nothing', () => {
    for (const text of ['', 'hello', '<html><p>404</p></html>', '<PipelineAquaReport']) {
      expect(parsePipelineReport(text)).toEqual({
        progId: undefined,
        ousUid: undefined,
        recipe: undefined,
        processingTime: undefined,
        finalScore: undefined,
        topics: [],
      });
    }
  });

  test('anything is read without an error', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '<a',
      '="',
      '<!--',
      '-->',
      '<![CDATA[',
      '&#',
      'x',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        expect(() => parsePipelineReport(parts.join(''))).not.toThrow();
      }),
    );
  });

  test.each(['<', '<!--', '<a ', '<a b="', 'b= ', '<a>', '</a>', '<![CDATA['])(
    'a long report full of %j is read in one go',
    (piece) => {
      // The limit of the test ends a reading that takes quadratic time.
      expect(parsePipelineReport(piece.repeat(200_000)).topics).toEqual([]);
    },
    30_000,
  );
});
