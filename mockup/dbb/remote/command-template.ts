// Command templates of a configuration: a command line with `{name}` placeholders. It is split as
// a shell would split it, and filled afterwards, so that whatever a file is called, it stays one
// argument. Placeholders of the configuration itself (host, user, …) are part of the text that is
// split, so that one of them may stand for several options.

import { InvalidInputError } from '../../core/errors.ts';

/** One argument: text and placeholders that are filled later. */
export type TemplateArgument = (string | { name: string })[];

export interface CommandTemplate {
  /** As written. */
  text: string;
  arguments: TemplateArgument[];
}

const PLACEHOLDER = /\{\{|\}\}|\{(\w+)\}/g;

/** Names of the placeholders, in order, each once. `{{` and `}}` stand for braces. */
export function placeholdersOf(text: string): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].flatMap((match) => match[1] ?? []);
  return [...new Set(names)];
}

/**
 * `parameters` are put in before splitting; every other placeholder stays open. Throws
 * InvalidInputError where a quote is not closed or nothing is left.
 */
export function parseTemplate(
  text: string,
  parameters: Readonly<Record<string, string>> = {},
): CommandTemplate {
  const splitter = new Splitter();
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    splitter.text(text.slice(from, match.index));
    from = match.index + match[0].length;
    const name = match[1];
    if (name === undefined) splitter.text(match[0].slice(1));
    else if (parameters[name] !== undefined) splitter.text(parameters[name]);
    else splitter.placeholder(name);
  }
  splitter.text(text.slice(from));
  const found = splitter.end();
  if (found.length > 0) return { text, arguments: found };
  throw new InvalidInputError('an empty command');
}

/**
 * The arguments of one call. A list of values makes as many arguments of the one that it stands
 * in. Throws InvalidInputError for a placeholder without a value.
 */
export function fillTemplate(
  template: CommandTemplate,
  values: Readonly<Record<string, string | readonly string[]>>,
): string[] {
  return template.arguments.flatMap((argument) => fillArgument(argument, values));
}

function fillArgument(
  argument: TemplateArgument,
  values: Readonly<Record<string, string | readonly string[]>>,
): string[] {
  let filled = [''];
  for (const part of argument) {
    const value = typeof part === 'string' ? part : values[part.name];
    if (value === undefined) {
      throw new InvalidInputError(`no value for {${(part as { name: string }).name}}`);
    }
    if (typeof value === 'string') filled = filled.map((text) => text + value);
    else filled = filled.flatMap((text) => value.map((item) => text + item));
  }
  return filled;
}

/** True where some argument is this placeholder and nothing else. */
export function standsAlone(template: CommandTemplate, name: string): boolean {
  return template.arguments.some((argument) => isPlaceholder(argument, name));
}

export function isPlaceholder(argument: TemplateArgument, name: string): boolean {
  const [part] = argument;
  return argument.length === 1 && typeof part === 'object' && part.name === name;
}

/** The rules of a POSIX shell for quotes, backslashes and blanks; nothing is expanded. */
class Splitter {
  readonly #done: TemplateArgument[] = [];
  #current: TemplateArgument | undefined;
  #quote: '"' | "'" | undefined;
  #escaped = false;

  text(text: string): void {
    for (const character of text) this.#take(character);
  }

  placeholder(name: string): void {
    this.#current ??= [];
    this.#current.push({ name });
    this.#escaped = false;
  }

  end(): TemplateArgument[] {
    if (this.#quote) throw new InvalidInputError(`a quote (${this.#quote}) that is not closed`);
    if (this.#escaped) throw new InvalidInputError('a backslash at the end');
    this.#finish();
    return this.#done;
  }

  #take(character: string): void {
    if (this.#escaped) {
      const literal = this.#quote === '"' && !'"\\$`'.includes(character);
      this.#escaped = false;
      this.#append(literal ? `\\${character}` : character);
    } else if (character === '\\' && this.#quote !== "'") {
      this.#escaped = true;
    } else if (this.#quote) {
      if (character === this.#quote) this.#quote = undefined;
      else this.#append(character);
    } else if (character === '"' || character === "'") {
      this.#quote = character;
      this.#append('');
    } else if (/\s/.test(character)) {
      this.#finish();
    } else {
      this.#append(character);
    }
  }

  #append(text: string): void {
    this.#current ??= [];
    const last = this.#current.length - 1;
    if (typeof this.#current[last] === 'string') this.#current[last] += text;
    else this.#current.push(text);
  }

  #finish(): void {
    if (this.#current) this.#done.push(this.#current.length > 0 ? this.#current : ['']);
    this.#current = undefined;
  }
}
