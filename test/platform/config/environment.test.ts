import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../mockup/platform/config/configuration-error.ts';
import { parseCouchdbAddress } from '../../../mockup/platform/config/couchdb-address.ts';
import { readEnvironment, required } from '../../../mockup/platform/config/environment.ts';

function problems(env: Record<string, string>): ConfigurationError {
  try {
    readEnvironment(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('no problem was found');
}

describe('readEnvironment', () => {
  const defaults = {
    location: undefined,
    localCache: undefined,
    caches: {},
    couchdb: { url: 'http://localhost:5984' },
    pace: 1,
    logLevel: 'info',
  };

  it('has defaults', () => {
    expect(readEnvironment({})).toEqual(defaults);
  });

  it('reads all of it', () => {
    const env = {
      DRAWS_LOCATION: 'JAO',
      DRAWS_LOCAL_CACHE: '/tmp/draws-jao-cache/',
      DRAWS_JAO_CACHE: '/tmp/draws-jao-cache',
      DRAWS_EU_CACHE: 'arc-user@arc-host:/tmp/draws-eu-cache',
      COUCHDB_URL: 'https://admin:p%40ss%2Fword@db.example:6984/couch/',
      DRAWS_PACE: '0.25',
      DRAWS_LOG_LEVEL: 'debug',
      HOME: '/root',
    };
    expect(readEnvironment(env)).toEqual({
      location: 'JAO',
      localCache: '/tmp/draws-jao-cache',
      caches: {
        JAO: '/tmp/draws-jao-cache',
        EU: 'arc-user@arc-host:/tmp/draws-eu-cache',
      },
      couchdb: {
        url: 'https://db.example:6984/couch',
        user: 'admin',
        password: 'p@ss/word',
      },
      pace: 0.25,
      logLevel: 'debug',
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readEnvironment({ DRAWS_LOCATION: '', DRAWS_PACE: ' ', COUCHDB_URL: '' })).toEqual(
      defaults,
    );
  });

  it.each([
    ['DRAWS_LOCATION', 'ESO', 'one of EA, EU, JAO, NA'],
    ['DRAWS_LOCATION', 'eu', 'one of EA, EU, JAO, NA'],
    ['DRAWS_LOCAL_CACHE', 'cache', 'an absolute directory'],
    ['DRAWS_LOCAL_CACHE', 'u@h:/cache', 'an absolute directory'],
    ['DRAWS_NA_CACHE', 'cache', 'an absolute directory or [USER@]HOST:DIRECTORY'],
    ['DRAWS_NA_CACHE', '-oX:/cache', 'an absolute directory or [USER@]HOST:DIRECTORY'],
    ['DRAWS_PACE', '-1', 'a number, 0 or more'],
    ['DRAWS_PACE', 'fast', 'a number, 0 or more'],
    ['DRAWS_PACE', 'Infinity', 'a number, 0 or more'],
    ['DRAWS_LOG_LEVEL', 'loud', 'one of debug, info, warn, error, silent'],
  ])('refuses %s=%s', (key, value, expected) => {
    const error = problems({ [key]: value });
    expect(error.code).toBe('bad_configuration');
    expect(error.problems).toEqual([{ key, expected, received: JSON.stringify(value) }]);
    expect(error.message).toBe(`${key}: expected ${expected}; got ${JSON.stringify(value)}`);
  });

  it('tells all problems at once', () => {
    const error = problems({ DRAWS_LOCATION: 'X', DRAWS_PACE: 'y', COUCHDB_URL: 'z' });
    expect(error.problems.map((problem) => problem.key)).toEqual([
      'DRAWS_LOCATION',
      'DRAWS_PACE',
      'COUCHDB_URL',
    ]);
  });

  it.each([
    'localhost:5984',
    'ftp://admin:s3cret@localhost',
    'file:///data',
    'http://',
    'http://admin:s3cret@',
    'http://admin:s3c/ret@localhost:5984',
    'http://admin:s3cret%zz@localhost',
    'http://:s3cret@localhost',
    'http://localhost:5984/?a=1',
    'admin:s3cret@localhost:5984',
  ])('refuses COUCHDB_URL=%s and does not print the password', (value) => {
    const error = problems({ COUCHDB_URL: value });
    expect(error.message).toMatch(/^COUCHDB_URL: expected http:\/\/\[USER:PASSWORD@\]HOST/);
    expect(error.message).not.toMatch(/s3c|ret@|zz@/);
  });
});

it('reads an address with a user and no password, and an IPv6 one', () => {
  expect(parseCouchdbAddress('http://admin@localhost:1', '--couchdb')).toEqual({
    url: 'http://localhost:1',
    user: 'admin',
    password: '',
  });
  expect(parseCouchdbAddress('http://[::1]:5984/', 'x')).toEqual({ url: 'http://[::1]:5984' });
});

it('says which variable must be set', () => {
  expect(required('EU', 'DRAWS_LOCATION', 'a site')).toBe('EU');
  expect(() => required(undefined, 'DRAWS_LOCATION', 'one of EA, EU')).toThrow(
    'DRAWS_LOCATION: expected one of EA, EU; got nothing',
  );
});
