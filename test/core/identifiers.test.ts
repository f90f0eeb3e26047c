// Project codes and UIDs: what is let in, and that names made of them keep apart.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../mockup/core/errors.ts';
import {
  documentId,
  isOusUid,
  isProgId,
  requireOusUid,
  requireProgId,
  uidAsDirectoryName,
  uidAsFileNamePart,
} from '../../mockup/core/identifiers.ts';

const part = fc.stringMatching(/^[A-Za-z0-9-]{1,8}$/);
const uid = fc
  .array(part, { minLength: 2, maxLength: 5 })
  .map((parts) => `uid://${parts.join('/')}`);

test('names as in the workflow', () => {
  expect(documentId('uid://X1/X1/Xb0')).toBe('uid___X1_X1_Xb0');
  expect(uidAsDirectoryName('uid://A-1/X1/Xb0')).toBe('uid___A_1_X1_Xb0');
  expect(uidAsFileNamePart('uid://X1/X1/Xb0')).toBe('X1-X1-Xb0');
});

test('UIDs that differ have document ids that differ', () => {
  fc.assert(
    fc.property(uid, uid, (one, other) => {
      expect(isOusUid(one)).toBe(true);
      expect(documentId(one) === documentId(other)).toBe(one === other);
    }),
  );
});

test('what is let in holds no path', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (isOusUid(text)) expect(uidAsFileNamePart(text)).toMatch(/^[A-Za-z0-9-]+$/);
      if (isProgId(text)) expect(text).not.toMatch(/[/\\\0]|^\.|\.\./);
    }),
  );
});

describe('refused', () => {
  const badUids = ['', 'X1', 'uid://X1', 'uid:///X1', 'uid://X1/../X2', 'uid://X1/X_2', 7, null];
  test.each([...badUids, `uid://X1/${'x'.repeat(100)}`, 'uid://X1/X2\n'])('UID %j', (value) => {
    expect(() => requireOusUid(value)).toThrow(InvalidInputError);
  });

  const badCodes = ['', '.', '..', '2015..S', '2015.1.', '-x', 'a/b', 'a b', 'a'.repeat(101), {}];
  test.each(badCodes)('project code %j', (value) => {
    expect(() => requireProgId(value)).toThrow(InvalidInputError);
  });

  test('with the value, cut where it is long, and what is expected', () => {
    const error = (() => {
      try {
        return requireOusUid('x'.repeat(500));
      } catch (thrown) {
        return thrown as InvalidInputError;
      }
    })() as InvalidInputError;
    expect(error.message.length).toBeLessThan(100);
    expect(error.hint).toContain('uid://A001');
  });
});

test('real codes and UIDs are let in', () => {
  expect(requireProgId('2019.1.00263.S')).toBe('2019.1.00263.S');
  expect(requireProgId('ADS-2024-7')).toBe('ADS-2024-7');
  expect(requireOusUid('uid://A001/X1465/X346b')).toBe('uid://A001/X1465/X346b');
});
