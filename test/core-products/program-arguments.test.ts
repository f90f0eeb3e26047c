import { describe, expect, it } from 'vitest';
import {
  readDriverArguments,
  readPipelineArguments,
  writeDriverArguments,
  writePipelineArguments,
} from '../../mockup/core/programs/program-arguments.ts';

const subject = {
  progId: '2015.1.00657.S',
  ousUid: 'uid://X1/X1/Xb-0',
  recipe: 'PipelineImaging',
};

describe('the command lines of the driver and the pipeline', () => {
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
    expect(readDriverArguments(writeDriverArguments(driver))).toEqual(driver);
    const pipeline = {
      ...subject,
      timestamp: '2018-07-19T07:10:03.781',
      directory: '/d',
      failureRate: 0.5,
      seed: '--odd',
    };
    expect(readPipelineArguments(writePipelineArguments(pipeline))).toEqual(pipeline);
  });

  it('may leave out every option', () => {
    expect(readDriverArguments(writeDriverArguments(subject))).toEqual(subject);
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
      '--failure-rate is a number from 0 to 1',
    ],
  ])('refuse %j', (args, message) => {
    expect(() => readPipelineArguments(args)).toThrow(message);
  });
});
