import { describe, expect, it } from 'vitest';
import {
  callDriver,
  callPipeline,
  readDriverArguments,
  readPipelineArguments,
} from '../../mockup/core/programs/program-arguments.ts';

const subject = {
  progId: '2015.1.00657.S',
  ousUid: 'uid://X1/X1/Xb-0',
  recipe: 'PipelineImaging',
};

describe('the calls of the driver and the pipeline', () => {
  it('are read back as they were written', () => {
    const driver = {
      ...subject,
      since: '2018-07-19T07:10:03.781',
      timestamp: '2018-07-19T07:10:04.000',
      runDirectory: '/a run',
      cacheDirectory: '/cache',
      failureRate: 0,
      tasksFile: '-x.yaml',
    };
    const { args, env } = callDriver(driver);
    expect(args).toEqual([subject.progId, subject.ousUid, subject.recipe]);
    expect(readDriverArguments(args, env)).toEqual(driver);
    const pipeline = {
      ...subject,
      timestamp: '2018-07-19T07:10:03.781',
      failureRate: 0.5,
      seed: '--odd',
    };
    const call = callPipeline(pipeline);
    expect(call.args).toEqual([subject.progId, subject.ousUid, subject.recipe]);
    expect(readPipelineArguments(call.args, call.env)).toEqual(pipeline);
  });

  it('may leave out every option', () => {
    expect(readDriverArguments(callDriver(subject).args, {})).toEqual(subject);
  });

  it('may be given as options by a person, which go before variables', () => {
    const args = [subject.progId, subject.ousUid, subject.recipe, '--seed=a', '--directory=/d'];
    const env = { DRAWS_RUN_SEED: 'b', DRAWS_FAILURE_RATE: '0.5', DRAWS_RUN_TIMESTAMP: '' };
    const expected = { ...subject, seed: 'a', directory: '/d', failureRate: 0.5 };
    expect(readPipelineArguments(args, env)).toEqual(expected);
    const wrong = { DRAWS_RUN_TIMESTAMP: 'now' };
    expect(() => readPipelineArguments(args, wrong)).toThrow('DRAWS_RUN_TIMESTAMP is not a time');
  });

  it.each([
    [['2015.1.00657.S', 'uid://X1/X1/Xb0'], 'takes PROG_ID OUS_UID RECIPE'],
    [['2015.1.00657.S', 'uid://X1/X1/Xb0', 'Pipeline'], 'not a Pipeline recipe'],
    [['2015.1.00657.S', 'uid://X1/X1/Xb0', 'ManualImaging'], 'not a Pipeline recipe'],
    [['2015.1.00657.S', '../x', 'PipelineImaging'], 'not an OUS UID'],
    [['..', 'uid://X1/X1/Xb0', 'PipelineImaging'], 'not a project code'],
    [['2015.1.00657.S', 'uid://X1/X1/Xb0', 'PipelineImaging', '--no'], '--no'],
    [
      ['2015.1.00657.S', 'uid://X1/X1/Xb0', 'PipelineImaging', '--timestamp=now'],
      '--timestamp is not a time',
    ],
    [
      ['2015.1.00657.S', 'uid://X1/X1/Xb0', 'PipelineImaging', '--failure-rate=2'],
      'is a number from 0 to 1',
    ],
  ])('refuse %j', (args, message) => {
    expect(() => readPipelineArguments(args, {})).toThrow(message);
  });
});
