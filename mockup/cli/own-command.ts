// How this product starts its own programs as child processes: with the same Node.

import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('./draws.mjs', import.meta.url));

export function ownCommand(program: string): { file: string; args: string[] } {
  return { file: process.execPath, args: [launcher, program] };
}
