// What a failed command at the endpoint means: whether it passes by itself, and what a person can
// do. Everything is tried again; what somebody must mend is said so at once.

import { AppError } from '../../../core/errors.ts';
import { type CommandResult, describeResult } from '../../remote/command-runner.ts';

export class EndpointError extends AppError {
  /** The endpoint (or the way there) failed, and not what was asked of it. */
  readonly unreachable: boolean;

  constructor(
    message: string,
    options: { hint?: string | undefined; passing: boolean; unreachable: boolean },
  ) {
    const { hint, passing, unreachable } = options;
    super('endpoint_failed', message, { hint, retriable: passing });
    this.unreachable = unreachable;
  }
}

/** Undefined where it went well. Anything but an EndpointError is thrown on. */
export async function failureOf(work: Promise<unknown>): Promise<EndpointError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof EndpointError) return error;
    throw error;
  }
}

interface Diagnosis {
  passing: boolean;
  unreachable: boolean;
  hint?: string;
}

const mend = (hint: string): Diagnosis => ({ passing: false, unreachable: false, hint });
const away = (hint: string): Diagnosis => ({ passing: true, unreachable: true, hint });

/** Told by what the command said; the first that matches counts. */
const byMessage: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*has changed/i,
    {
      ...mend(
        'the host shows another key than before: it was set up anew, or somebody sits in between. ' +
          'Ask who runs it for its fingerprint; if that is right, ssh-keygen -R HOST',
      ),
      unreachable: true,
    },
  ],
  [
    /Host key verification failed/i,
    {
      ...mend('ssh does not know the host: compare its fingerprint and connect once by hand'),
      unreachable: true,
    },
  ],
  [
    /This account is (currently )?not available|nologin/i,
    { ...mend('the account there may not log in: it needs a shell (chsh)'), unreachable: true },
  ],
  [
    /Unmatched ['"`]|Illegal variable name|Event not found|: Expression Syntax/i,
    {
      ...mend('the login shell there is no POSIX shell (csh?): chsh -s /bin/sh'),
      unreachable: true,
    },
  ],
  [
    /Permission denied \((publickey|password|keyboard|gssapi|hostbased)|Too many authentication/i,
    { ...mend('ssh key refused: is it in authorized_keys there?'), unreachable: true },
  ],
  [/Could not resolve hostname|Name or service not known/i, away('is endpoint.host right?')],
  [
    /Connection (refused|timed out|reset|closed)|No route to host|Network is unreachable|Broken pipe|Timeout, server|lost connection|kex_exchange_identification|connection unexpectedly closed/i,
    away('is the endpoint up, and its ssh server running?'),
  ],
  [/No space left on device|Disk quota exceeded/i, mend('the disk at the endpoint is full')],
  [/Read-only file system/i, mend('the file system at the endpoint is read-only')],
  [/Permission denied|Operation not permitted|no permission/i, mend('may this user write there?')],
  [/command not found|: not found|No such file or directory.*rsync/i, mend('install it there')],
  [/Not a directory|cannot create directory/i, mend('is the path right?')],
];

/** Exit codes of ssh (255) and of a shell that finds no such command (127, 126). */
const byExitCode: Readonly<Record<number, Diagnosis>> = {
  255: away('is the endpoint up, and its ssh server running?'),
  127: mend('a command is missing there'),
  126: mend('a command there may not be executed'),
};

/** `what` was tried. */
export function endpointError(what: string, result: CommandResult): EndpointError {
  const { passing, unreachable, hint } = diagnose(result);
  const message = `${what} failed: ${describeResult(result)}`;
  return new EndpointError(message, { hint, passing, unreachable });
}

function diagnose(result: CommandResult): Diagnosis {
  if (result.notStarted) {
    return { ...mend('is the program of the template installed here?'), unreachable: true };
  }
  if (result.timedOut) {
    return away('the link is slow, or swallows what is sent; general.timeout is the limit');
  }
  const message = result.stderr.trim() === '' ? describeResult(result) : result.stderr;
  const said = byMessage.find(([pattern]) => pattern.test(message));
  if (said) return said[1];
  const code = result.exitCode === undefined ? undefined : byExitCode[result.exitCode];
  return code ?? { passing: true, unreachable: result.exitCode === undefined };
}
