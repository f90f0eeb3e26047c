// A scenario from a YAML text, checked: what one key alone can't tell as well.

import { parse } from 'yaml';
import {
  ConfigurationError,
  type ConfigurationProblem,
  problemsOf,
} from '../../platform/config/configuration-error.ts';
import { parseYaml } from '../../platform/config/yaml-file.ts';
import { type Scenario, scenarioSchema, sites } from './scenario.ts';

/** Throws ConfigurationError, a line for each key. `name`: of the file, for errors. */
export function readScenario(text: string, name: string): Scenario {
  return checked(parseYaml(text, name, scenarioSchema), name);
}

/** As `readScenario`, of what a YAML text holds; for scenarios that are made by varying another. */
export function checkScenario(content: unknown, name: string): Scenario {
  const parsed = scenarioSchema.safeParse(content);
  if (parsed.success) return checked(parsed.data, name);
  throw new ConfigurationError(problemsOf(parsed.error, content), name);
}

/** What a YAML text holds, before any default is added; the text was read before. */
export function contentOf(text: string): Record<string, unknown> {
  return (parse(text) ?? {}) as Record<string, unknown>;
}

function checked(scenario: Scenario, name: string): Scenario {
  const problems = problemsIn(scenario);
  if (problems.length > 0) throw new ConfigurationError(problems, name);
  return scenario;
}

function problemsIn(scenario: Scenario): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const say = (key: string, expected: string, received: string | number): void => {
    problems.push({ key, expected, received: String(received) });
  };
  for (const site of sites) {
    const { share, slots } = scenario[site];
    if (share > 0 && slots === 0) {
      say(`${site}.slots`, `at least 1 where ${site}.share is above 0 (${share})`, slots);
    }
  }
  if (sites.every((site) => scenario[site].share === 0)) {
    say('jao.share', 'a share above 0 at one site at least', 0);
  }
  for (const who of ['assigners', 'reviewers'] as const) {
    const { count } = scenario[who];
    if (count === 0) say(`${who}.count`, 'at least 1: without them nothing goes on', count);
  }
  const reducers = sites.reduce((sum, site) => sum + scenario[site].reducers, 0);
  const isNeeded = scenario.ous.manual > 0 || scenario.runs.failure > 0;
  for (const site of sites) {
    const { share, reducers: here } = scenario[site];
    if (isNeeded && reducers > 0 && share > 0 && here === 0) {
      say(`${site}.reducers`, 'at least 1 where runs can fail or OUSs are reduced by hand', here);
    }
  }
  if (isNeeded && reducers === 0) {
    say('jao.reducers', 'at least 1 where runs can fail or OUSs are reduced by hand', 0);
  }
  if (scenario.runs.failure === 1)
    say('runs.failure', 'a share below 1: no run ever ends well', 1);
  for (const [place, { from, to }] of scenario.ous.shutdown.entries()) {
    if (from >= to) say(`ous.shutdown[${place}].to`, `a date after ${from}`, to);
  }
  return problems;
}
