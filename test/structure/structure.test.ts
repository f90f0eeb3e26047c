// Holds the layers and the sizes of docs/ARCHITECTURE.md. Each check lists all offenders, each
// with what to do.

import { describe, expect, it } from 'vitest';
import { findCycles } from './cycles.ts';
import { longFunctions } from './function-length.ts';
import { layerOf, layers, mayImport } from './layers.ts';
import { modulesByRoom, siblingGraphs } from './rooms.ts';
import { readLockFile, readSources, type Source } from './sources.ts';

const MODULE_LINES_MAX = 300;
/** A suite may be longer; its `describe` is one function. */
const SUITE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const ROOM_MODULES_MAX = 16;
/** Biome formats code to 99; a comment or a long string may run over a little. */
const LINE_LENGTH_MAX = 110;

/** A URL, a regular expression, a value that is one string. */
const UNBREAKABLE = /https?:|\/.*\/[a-z]*[,;]?$|^\s*[\w'-]+: (['"`]).*\1,?$/;

const sources = readSources();
const product = sources.filter(({ path }) => /^(mockup|dashboard)\//.test(path));
const lowerLayers = /^mockup\/(core|platform|couch-server|replication|actors|dbb|simulator)\//;
/** The simulated adapters may yield to the event loop; nothing else there touches the outside. */
const pureLayers =
  /^mockup\/(core|replication|actors|dbb\/(?!(files|holding|storage|remote|process|log)\/)|simulator\/(?!clock\/))/;

function offenders(of: Source[], pattern: RegExp): string[] {
  return of.flatMap(({ path, code }) =>
    code
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [],
      ),
  );
}

describe('structure', () => {
  it('finds the sources', () => {
    expect(sources.length).toBeGreaterThan(30);
    const resolved = product.flatMap(({ imports }) => imports).filter((i) => i.endsWith('.ts'));
    const paths = new Set(sources.map(({ path }) => path));
    expect(resolved.filter((path) => !paths.has(path) && !path.endsWith('.d.ts'))).toEqual([]);
    expect(resolved.length).toBeGreaterThan(20);
  });

  it('keeps every module in a layer', () => {
    const homeless = product.filter(({ path }) => !layerOf(path)).map(({ path }) => path);
    expect(homeless, `put them under one of ${Object.keys(layers).join(', ')}`).toEqual([]);
  });

  it('imports downwards only', () => {
    const upward = product.flatMap(({ path, imports }) =>
      imports
        .filter((imported) => !mayImport(path, imported))
        .map((imported) => `${path} imports ${imported}`),
    );
    expect(upward, 'see the layer table in docs/ARCHITECTURE.md').toEqual([]);
  });

  it('has no import cycle', () => {
    // Imports of types alone are gone when the program runs.
    const graph = product.map(({ path, runtimeImports }) => [path, runtimeImports] as const);
    expect(findCycles(new Map(graph)), 'move what both need into a module of its own').toEqual([]);
  });

  it('has no cycle of rooms, not even by types', () => {
    const found = [...siblingGraphs(product)].flatMap(([parent, graph]) =>
      findCycles(graph).map((cycle) => `${parent}: ${cycle}`),
    );
    expect(found, 'move what both need into a room of its own, or above them').toEqual([]);
  });

  it('keeps rooms small', () => {
    const large = [...modulesByRoom(product)]
      .filter(([, paths]) => paths.length > ROOM_MODULES_MAX)
      .map(([room, paths]) => `${room} has ${paths.length} modules`);
    expect(large, 'part it by concept').toEqual([]);
  });

  it('keeps the outside out of code that runs in both worlds', () => {
    const outside =
      /\bDate\.now\(|new Date\(\)|Math\.random\(|\bset(Timeout|Interval|Immediate)\(|['"]node:(fs|child_process|net|http)\b/;
    const found = offenders(
      sources.filter(({ path }) => pureLayers.test(path)),
      outside,
    );
    expect(found, 'reach the outside through a port of mockup/platform').toEqual([]);
  });

  it('reads environment and arguments, and exits, only at the command line', () => {
    const found = offenders(
      sources.filter(({ path }) => lowerLayers.test(path)),
      /\bprocess\.(env|argv|exit|exitCode)\b/,
    );
    expect(found, 'take it as a parameter; mockup/cli reads it once').toEqual([]);
  });

  it('keeps modules, functions and lines short', () => {
    const long = sources.flatMap((source) => {
      const { path, lines } = source;
      const isTest = path.startsWith('test/');
      const lines_max = isTest ? SUITE_LINES_MAX : MODULE_LINES_MAX;
      const found = isTest ? [] : longFunctions(source, FUNCTION_LINES_MAX);
      if (lines.length > lines_max) found.push(`${path} has ${lines.length} lines`);
      for (const [index, line] of lines.entries()) {
        if (line.length > LINE_LENGTH_MAX && !UNBREAKABLE.test(line)) {
          found.push(`${path}:${index + 1} has ${line.length} characters`);
        }
      }
      return found;
    });
    expect(long, 'split it by what it does').toEqual([]);
  });

  it('names modules after what they hold', () => {
    const odd = sources
      .map(({ path }) => path)
      .filter((path) => {
        const name = path.split('/').at(-1) ?? '';
        const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.(ts|tsx|mjs)$/.test(name);
        return !kebab || /^(index|utils?|types|helpers?|misc|common)\./.test(name);
      });
    expect(odd, 'kebab-case nouns; no index, utils or types').toEqual([]);
  });

  it('names the packages of every platform in the lock file', () => {
    // npm drops what the machine does not need, and then refuses `npm ci` on any machine.
    const { packages } = readLockFile();
    const missing = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => !packages[`node_modules/${name}`]),
    );
    expect(missing, 'add them to package-lock.json').toEqual([]);
  });

  it('leaves nothing unfinished', () => {
    const marks = /\b(TODO|FIXME|HACK)\b|\b(it|test|describe)\.(skip|only|todo)\b|@ts-ignore/;
    const here = /^test\/structure\//;
    expect(
      offenders(
        sources.filter(({ path }) => !here.test(path)),
        marks,
      ),
    ).toEqual([]);
  });
});
