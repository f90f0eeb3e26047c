// Groups: a document whose id ends in `.*` lists the selectors that a message to it goes to.

import { AppError, InvalidInputError } from '../../core/errors.ts';
import { documentId } from '../../core/identifiers.ts';
import type { Database } from '../couch/database.ts';
import { updateDocument } from '../couch/documents/update-document.ts';

interface GroupDocument {
  _id: string;
  _rev?: string;
  members: string[];
}

export function isGroupName(selector: string): boolean {
  return selector.endsWith('.*');
}

/** Throws AppError `unknown_group` where nobody has joined. */
export async function groupMembers(messages: Database, group: string): Promise<string[]> {
  const doc = await messages.get<GroupDocument>(documentId(group));
  const members = doc?.members;
  if (Array.isArray(members)) return members.filter((member) => typeof member === 'string');
  throw new AppError('unknown_group', `there is no group ${group}`, {
    hint: 'a group exists once a selector has joined it',
  });
}

export async function joinGroup(messages: Database, group: string, member: string): Promise<void> {
  if (!isGroupName(group)) {
    throw new InvalidInputError(`a group's name ends with ".*", this one is ${group}`);
  }
  await updateDocument<GroupDocument>(messages, documentId(group), (current) => {
    const members = current?.members ?? [];
    if (current && members.includes(member)) return undefined;
    return { ...(current ?? {}), _id: documentId(group), members: [...members, member] };
  });
}
