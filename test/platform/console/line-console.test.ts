import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createConsole } from '../../../mockup/platform/console/create-console.ts';
import { createLineConsole } from '../../../mockup/platform/console/line-console.ts';
import { makeList, makeStreams } from './console-streams.ts';

const never = new AbortController().signal;
const answers = { F: 'Fail', P: 'Pass' };

function makeConsole() {
  const streams = makeStreams();
  return { ...streams, console: createLineConsole(streams) };
}

it('shows the list, asks, and takes a line', async () => {
  const { console, type, text, shows } = makeConsole();
  const { list, followers } = makeList({ value: 'uid://X1', description: 'Imaging' }, 'uid://X2');
  const answer = console.chooseFrom('Which OUS?', list, never);
  await shows('Which OUS?:');
  type(' uid://X2 \r\n');
  expect(await answer).toBe('uid://X2');
  expect(text()).toBe('  uid://X1  Imaging\n  uid://X2\nWhich OUS?:\n');
  expect(followers()).toBe(0);
});

it('takes a value that is not in the list', async () => {
  const { console, type } = makeConsole();
  type('uid://X9\n');
  expect(await console.chooseFrom('Which?', makeList().list, never)).toBe('uid://X9');
});

it('keeps lines for the questions to come', async () => {
  const { console, type, input } = makeConsole();
  type('uid://X1\np\nuid://X2\n');
  input.end('F');
  const { list } = makeList('uid://X1');
  expect(await console.chooseFrom('Which?', list, never)).toBe('uid://X1');
  expect(await console.chooseKey('Result?', answers, never)).toBe('P');
  expect(await console.chooseFrom('Which?', list, never)).toBe('uid://X2');
  expect(await console.chooseKey('Result?', answers, never)).toBe('F');
  expect(await console.chooseFrom('Which?', list, never)).toBeUndefined();
});

it('shows the list again after an empty line', async () => {
  const { console, type, text, shows } = makeConsole();
  const live = makeList();
  const answer = console.chooseFrom('Which?', live.list, never);
  await shows('nothing is waiting');
  live.set('uid://X1');
  type('\n');
  await shows('  uid://X1\nWhich?:\n');
  type('uid://X1\n');
  expect(await answer).toBe('uid://X1');
  expect(text().match(/Which\?/g)).toHaveLength(2);
});

it('shows what comes by itself, once', async () => {
  const { console, type, text, shows } = makeConsole();
  const live = makeList('uid://X1');
  const answer = console.chooseFrom('Which?', live.list, never);
  await shows('Which?:');
  live.set('uid://X1', { value: 'uid://X2', description: 'Imaging' });
  live.set('uid://X2');
  await shows('  uid://X2  Imaging\n');
  type('uid://X2\n');
  expect(await answer).toBe('uid://X2');
  expect(text().match(/uid:\/\/X1/g)).toHaveLength(1);
  expect(text().match(/uid:\/\/X2/g)).toHaveLength(1);
});

it('asks again for a key until it is one of them', async () => {
  const { console, type, text } = makeConsole();
  type('maybe\n\npass\nP\n');
  expect(await console.chooseKey('Result?', answers, never)).toBe('P');
  expect(text()).toContain('Result? [F]ail, [P]ass:\nmaybe is none of F, P\n');
  expect(text().match(/Result\?/g)).toHaveLength(4);
});

it('gives undefined when the signal is aborted, and loses no line by that', async () => {
  const { console, type, shows } = makeConsole();
  const controller = new AbortController();
  const { list, followers } = makeList('uid://X1');
  const answer = console.chooseFrom('Which?', list, controller.signal);
  await shows('Which?');
  controller.abort();
  expect(await answer).toBeUndefined();
  expect(followers()).toBe(0);
  type('uid://X1\n');
  expect(await console.chooseFrom('Which?', list, never)).toBe('uid://X1');
  expect(await console.chooseFrom('Which?', list, AbortSignal.abort())).toBeUndefined();
});

it('leaves the input alone while nobody asks', async () => {
  const { console, input, type } = makeConsole();
  expect(input.isPaused() || input.readableFlowing === null).toBe(true);
  type('P\n');
  expect(await console.chooseKey('Result?', answers, never)).toBe('P');
  expect(input.isPaused()).toBe(true);
});

it('gives undefined when the input breaks off', async () => {
  const { console, input } = makeConsole();
  const answer = console.chooseKey('Result?', answers, never);
  input.destroy(new Error('gone'));
  expect(await answer).toBeUndefined();
});

it('is chosen where one end is no terminal', () => {
  const { output } = makeStreams();
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const pipe = new PassThrough();
  const screen = Object.assign(output, { isTTY: true });
  expect(createConsole({ input: terminal, output: screen }).above).toBeDefined();
  expect(createConsole({ input: pipe, output: screen }).above).toBeUndefined();
  expect(createConsole({ input: terminal, output: makeStreams().output }).above).toBeUndefined();
});
