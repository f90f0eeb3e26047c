// One style of help: a default is shown as `(default: 9)`, as a person would type it, and not at all
// where there is nothing to be typed.

import type { Argument, HelpConfiguration, Option } from 'commander';

type Described = Pick<
  Argument & Option,
  'description' | 'defaultValue' | 'defaultValueDescription' | 'argChoices'
>;

export const helpStyle: HelpConfiguration = {
  optionDescription: described,
  argumentDescription: described,
};

function described(of: Argument | Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = of as Described;
  const shown = defaultValueDescription ?? asTyped(defaultValue);
  const extras = [
    ...(argChoices ? [`choices: ${argChoices.join(', ')}`] : []),
    ...(shown === undefined ? [] : [`default: ${shown}`]),
  ];
  return extras.length > 0 ? `${description} (${extras.join('; ')})` : description;
}

function asTyped(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}
