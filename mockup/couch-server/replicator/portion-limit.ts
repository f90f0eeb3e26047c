import { ReplicationError } from './replication-error.ts';

/** Bytes of fetched documents held at a time; one document alone may be larger. */
export const portionBytesMax = 64 * 1024 * 1024;

/** Throws `answer_too_large`, upon which the transfer asks for fewer revisions at once. */
export function checkPortion(bytes: number, revisions: number, label: string): void {
  if (bytes <= portionBytesMax || revisions === 1) return;
  throw new ReplicationError('answer_too_large', `${label} holds too much to be fetched at once`);
}
