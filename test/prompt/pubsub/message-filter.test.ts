import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessageFilter } from '../../../mockup/prompt/pubsub/message-filter.ts';
import { PubsubError } from '../../../mockup/prompt/pubsub/pubsub-error.ts';

const attributes = { instrument: 'LATISS', objectId: 'LATISS/0/g1/0/e/r/a.fz', 'odd key': 'x' };

describe('message filter', () => {
  it.each([
    ['', true],
    ['attributes:instrument', true],
    ['attributes:nothing', false],
    ['attributes.instrument = "LATISS"', true],
    ['attributes.instrument != "LATISS"', false],
    ['attributes.nothing != "LATISS"', true],
    ['hasPrefix(attributes.objectId, "LATISS/0/")', true],
    ['NOT hasPrefix(attributes.objectId, "LATISS/0/")', false],
    ['-attributes:nothing AND attributes:instrument', true],
    ['attributes."odd key" = "x"', true],
    ['(attributes:a OR attributes:instrument) AND NOT attributes:b', true],
    ['attributes:constructor', false],
  ])('%s', (filter, passes) => {
    expect(parseMessageFilter(filter)(attributes)).toBe(passes);
  });

  it.each([
    'attributes',
    'attributes.',
    'attributes.a =',
    'attributes:a AND attributes:b OR attributes:c',
    'hasPrefix(attributes.a "b")',
    '(attributes:a',
    'attributes:a attributes:b',
    `attributes:a ${'AND attributes:a '.repeat(30)}`,
    'data = "x"',
  ])('refuses %s', (filter) => {
    expect(() => parseMessageFilter(filter)).toThrow(PubsubError);
  });

  it('gives a filter or INVALID_ARGUMENT for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        try {
          expect(typeof parseMessageFilter(text)({})).toBe('boolean');
        } catch (error) {
          expect(error).toMatchObject({ status: 'INVALID_ARGUMENT' });
        }
      }),
    );
  });
});
