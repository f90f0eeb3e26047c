// Quoting for a POSIX shell: what a command line for the other side is made of.

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word for a shell, whatever the text holds. (A NUL can't be in an argument at all.) */
export function quoteForShell(text: string): string {
  if (PLAIN.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * `sh -c SCRIPT` with arguments, as one simple command: it may follow `sudo` or `nice`, and the
 * user's login shell need not be a POSIX one beyond its quotes.
 */
export function shellCommand(script: string, args: readonly string[]): string {
  return ['sh', '-c', quoteForShell(script), 'hdfmgr', ...args.map(quoteForShell)].join(' ');
}

/**
 * A command as it goes in place of `{command}`, where the text before it, within the same
 * argument, opened a quote for the shell that reads that argument.
 */
export function nestCommand(command: string, before: string): string {
  const quote = openQuote(before);
  if (quote === "'") return command.replaceAll("'", "'\\''");
  if (quote === '"') return command.replaceAll(/["\\$`]/g, '\\$&');
  return command;
}

function openQuote(text: string): '"' | "'" | undefined {
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '\\' && quote !== "'") at++;
    else if (quote) quote = character === quote ? undefined : quote;
    else if (character === '"' || character === "'") quote = character;
  }
  return quote;
}
