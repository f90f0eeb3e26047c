// What a shell is told of a program, so that it completes commands and options: bash, zsh and fish.
// Where neither fits, it completes names of files.

import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command, by its way from the program: `/replicate/apply`; the program itself is ''. */
interface Place {
  way: string;
  commands: Word[];
  options: Word[];
}

interface Word {
  text: string;
  description: string;
  /** Of an option: something follows it. */
  takesValue: boolean;
}

export function completionScript(shell: Shell, program: Command): string {
  const write = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return write(program.name(), placesOf(program, ''));
}

function placesOf(command: Command, way: string): Place[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter(({ parent }) => parent === command);
  const options = help.visibleOptions(command).flatMap(({ long, short, description, flags }) => {
    const names = [long, short].filter((name) => name !== undefined);
    const takesValue = /[<[]/.test(flags);
    return names.map((text) => ({ text, description, takesValue }));
  });
  const words = commands.map((one) => ({
    text: one.name(),
    description: one.summary() || one.description(),
    takesValue: false,
  }));
  const below = commands.flatMap((one) => placesOf(one, `${way}/${one.name()}`));
  return [{ way, commands: words, options }, ...below];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const fishQuoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const texts = (words: readonly Word[]): string => quoted(words.map(({ text }) => text).join(' '));

/** What a `case` compares with: each way but that of the program itself. */
const waysOf = (places: readonly Place[]): string[] => places.slice(1).map(({ way }) => way);

function bashScript(name: string, places: readonly Place[]): string {
  const own = `_${name.replaceAll('-', '_')}`;
  const cases = places.map(
    ({ way, commands, options }) =>
      `    ${quoted(way)}) commands=${texts(commands)} options=${texts(options)} ;;`,
  );
  return [
    `# eval "$(${name} completion bash)", in ~/.bashrc`,
    `${own}() {`,
    `  local word=\${COMP_WORDS[COMP_CWORD]} way= commands= options= n`,
    '  for ((n = 1; n < COMP_CWORD; n++)); do',
    `    case "$way/\${COMP_WORDS[n]}" in`,
    `      ${waysOf(places).join('|')}) way=$way/\${COMP_WORDS[n]} ;;`,
    '    esac',
    '  done',
    '  case "$way" in',
    ...cases,
    '  esac',
    '  [[ $word == -* ]] && commands=$options',
    '  COMPREPLY=($(compgen -W "$commands" -- "$word"))',
    '}',
    `complete -o default -F ${own} ${name}`,
  ].join('\n');
}

function zshScript(name: string, places: readonly Place[]): string {
  const own = `_${name.replaceAll('-', '_')}`;
  const described = (words: readonly Word[]): string =>
    words.map(({ text, description }) => quoted(`${text}:${description}`)).join(' ');
  const cases = places.map(
    ({ way, commands, options }) =>
      `    ${quoted(way)}) commands=(${described(commands)}) options=(${described(options)}) ;;`,
  );
  return [
    `#compdef ${name}`,
    `# eval "$(${name} completion zsh)", in ~/.zshrc after compinit`,
    `${own}() {`,
    '  local way n',
    '  local -a commands options',
    '  for ((n = 2; n < CURRENT; n++)); do',
    '    case "$way/$words[n]" in',
    `      ${waysOf(places).join('|')}) way="$way/$words[n]" ;;`,
    '    esac',
    '  done',
    '  case "$way" in',
    ...cases,
    '  esac',
    '  if [[ $PREFIX == -* ]]; then _describe option options',
    '  elif (( $#commands )); then _describe command commands',
    '  else _files; fi',
    '}',
    `compdef ${own} ${name}`,
  ].join('\n');
}

function fishScript(name: string, places: readonly Place[]): string {
  const at = `__${name.replaceAll('-', '_')}_at`;
  const lines = places.flatMap(({ way, commands, options }) => {
    const where = `complete -c ${name} -n ${fishQuoted(`${at} "${way}"`)}`;
    return [
      ...commands.map(
        ({ text, description }) => `${where} -f -a ${text} -d ${fishQuoted(description)}`,
      ),
      ...options.map(({ text, description, takesValue }) => {
        const option = text.startsWith('--') ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`;
        return `${where} ${option}${takesValue ? ' -r' : ''} -d ${fishQuoted(description)}`;
      }),
    ];
  });
  return [
    `# ${name} completion fish | source, in ~/.config/fish/config.fish`,
    `function ${at}`,
    '  set -l way',
    '  for word in (commandline -opc)[2..]',
    '    switch "$way/$word"',
    `      case ${waysOf(places).join(' ')}`,
    '        set way "$way/$word"',
    '    end',
    '  end',
    '  test "$way" = "$argv[1]"',
    'end',
    ...lines,
  ].join('\n');
}
