// Options that the manager adds to ssh and its relatives: nobody is there to answer a question,
// and a dead link must be noticed. What a template says itself goes before.

/** With a limit for the first contact, and an end of the connection after a minute of silence. */
const DEFAULTS: readonly (readonly [string, string])[] = [
  ['BatchMode', 'yes'],
  ['ConnectTimeout', '10'],
  ['ServerAliveInterval', '15'],
  ['ServerAliveCountMax', '4'],
];

/** For a command that uses the shared connection where there is one, and its own where not. */
export function sharingOptions(controlPath: string | undefined): string[] {
  if (controlPath === undefined) return [];
  return ['-o', 'ControlMaster=no', '-o', `ControlPath=${controlPath}`];
}

/** `-o` options for those defaults that none of the arguments mentions. */
export function defaultOptions(args: readonly string[]): string[] {
  const mentioned = args.join(' ').toLowerCase();
  return DEFAULTS.filter(([name]) => !mentioned.includes(name.toLowerCase())).flatMap(
    ([name, value]) => ['-o', `${name}=${value}`],
  );
}

/** `ssh …` or `scp …` with these options in front of its own arguments. */
export function withOptions(argv: readonly string[], options: readonly string[]): string[] {
  const [program = '', ...rest] = argv;
  return [program, ...options, ...rest];
}

/** The name of the program that an argument list runs: `/usr/bin/ssh` → `ssh`. */
export function programOf(argv: readonly string[]): string {
  const [program = ''] = argv;
  return program.slice(program.lastIndexOf('/') + 1);
}
