// What the commands at the endpoint answer, and paths as they need them.

import { EndpointError } from './failures.ts';

/** `hdfmgr:name value` lines → the values. */
export function valuesOf(lines: readonly string[], name: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));
}

export function incomplete(message: string): EndpointError {
  return new EndpointError(message, { passing: true, unreachable: true });
}

/** No slash at the end; `~/` is where a remote command starts; no option by mistake. */
export function remotePath(path: string): string {
  const plain = path.replace(/^~\//, './').replace(/(.)\/+$/, '$1');
  return plain.startsWith('-') ? `./${plain}` : plain;
}
