// The OUSs of a demonstration from a CSV file: progID, OUS UID, optional recipe. A heading line,
// empty lines and lines that begin with # are left out.

import { readFileSync } from 'node:fs';
import { describeError } from '../../core/errors.ts';
import { requireOusUid, requireProgId } from '../../core/identifiers.ts';
import { isPipelineRecipe, pipelineRecipes } from '../../core/ous/recipes.ts';
import { UsageError } from '../usage-error.ts';

export interface DemoOus {
  progId: string;
  ousUid: string;
  recipe?: string;
}

const STANDARD_INPUT_FD = 0;

/** `-` is standard input. Throws UsageError that names file and line. */
export function readOusFile(path: string): DemoOus[] {
  const name = path === '-' ? 'standard input' : path;
  let text: string;
  try {
    text = readFileSync(path === '-' ? STANDARD_INPUT_FD : path, 'utf8');
  } catch (error) {
    throw new UsageError(`can't read ${name}: ${describeError(error)}`, { cause: error });
  }
  return parseOusList(text, name);
}

export function parseOusList(text: string, name: string): DemoOus[] {
  const found = new Map<string, DemoOus>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const isHeading = index === 0 && /^prog_?id$/i.test(cells[0] ?? '');
    if (isHeading || line.trim() === '' || line.startsWith('#')) continue;
    const ous = parseLine(cells, `${name}, line ${index + 1}`);
    if (found.has(ous.ousUid)) {
      throw new UsageError(`${name}, line ${index + 1}: ${ous.ousUid} is there twice`);
    }
    found.set(ous.ousUid, ous);
  }
  if (found.size === 0) throw new UsageError(`there is no OUS in ${name}`);
  return [...found.values()];
}

function parseLine([progId, ousUid, recipe, ...more]: string[], where: string): DemoOus {
  try {
    const ous: DemoOus = { progId: requireProgId(progId), ousUid: requireOusUid(ousUid) };
    if (more.some((cell) => cell !== '')) throw new Error('more than three columns');
    if (!recipe) return ous;
    if (isPipelineRecipe(recipe)) return { ...ous, recipe };
  } catch (error) {
    throw new UsageError(`${where}: ${describeError(error)}`, { cause: error });
  }
  throw new UsageError(`${where}: no recipe of the Pipeline: ${recipe.slice(0, 60)}`, {
    hint: `one of ${pipelineRecipes.join(', ')}`,
  });
}
