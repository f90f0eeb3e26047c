// Opens a page in the browser of whoever sits at this machine. The address may have a token, and
// arguments of processes are seen by everybody: the browser is given a file of this user's alone that
// leads on to it.

import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'open',
  linux: 'xdg-open',
};

export interface BrowserContext {
  env: Readonly<Record<string, string | undefined>>;
  dataDirectory: string;
  /** Told where there is no browser: the address was shown already. */
  say(text: string): void;
}

export function openBrowser(url: string, { env, dataDirectory, say }: BrowserContext): void {
  const opener = env.BROWSER || openers[process.platform];
  if (!opener) {
    say('no browser is known here; open the address above');
    return;
  }
  const file = join(dataDirectory, 'open.html');
  const target = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  // Made anew, so that nobody's earlier file keeps rights of its own.
  rmSync(file, { force: true });
  const page = `<!doctype html><meta http-equiv="refresh" content="0;url=${target}">\n`;
  writeFileSync(file, page, { mode: 0o600, flag: 'wx' });
  const child = spawn(opener, [file], { stdio: 'ignore', detached: true });
  child.once('error', () => say(`${opener} does not start; open the address above`));
  child.unref();
}
