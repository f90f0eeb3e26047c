// The quality scores that a mock run gives itself: mostly good, now and then doubtful.

import {
  type ReportTopic,
  reportTopics,
  type TopicScore,
} from '../../core/products/pipeline-report-writer.ts';
import { numberBetween, type Random } from '../../platform/random/random.ts';

const DOUBTFUL_BELOW = 0.8;
const DOUBTFUL_PROBABILITY = 0.15;

const reasons: Record<ReportTopic, { good: string; doubtful: string }> = {
  Dataset: {
    good: 'all executions of the scheduling block are there',
    doubtful: 'one execution is shorter than planned',
  },
  Calibration: {
    good: 'phases and amplitudes are stable in all spectral windows',
    doubtful: 'phase decoherence on the longest baselines',
  },
  Imaging: {
    good: 'noise and beam are as requested',
    doubtful: 'noise is above the requested sensitivity',
  },
  Flagging: {
    good: 'few visibilities are flagged',
    doubtful: 'more than a fifth of the visibilities of one antenna is flagged',
  },
};

export function drawScores(random: Random): TopicScore[] {
  return reportTopics.map((topic) => {
    const isDoubtful = random.next() < DOUBTFUL_PROBABILITY;
    const [low, high] = isDoubtful ? [0.4, DOUBTFUL_BELOW] : [0.85, 1];
    const score = numberBetween(random, low, high);
    return { topic, score, reason: reasons[topic][isDoubtful ? 'doubtful' : 'good'] };
  });
}
