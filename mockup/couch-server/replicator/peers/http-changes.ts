import { StringDecoder } from 'node:string_decoder';
import { ReplicationError } from '../replication-error.ts';
import { isObject } from './endpoint.ts';
import type { HttpClient } from './http-client.ts';
import { refusal } from './http-refusal.ts';

// A continuous feed over one connection that stays open: a change arrives when it happens, and in
// between there is only a newline now and then, which tells a quiet source from a vanished one.

// A frozen source is to be noticed within ten seconds.
const heartbeat_ms = 3_000;
const silence_ms = 3 * heartbeat_ms;
/** A line (an id and its leaf revisions) beyond this is no change. */
const lineLengthMax = 16 * 1024 * 1024;

export type FollowRequest = { method: string; query: string; body?: string; signal: AbortSignal };

/** Returns the rows of each chunk as they come; ends with `signal`, throws where the feed ends. */
export async function* followChanges(
  client: HttpClient,
  { method, query, body, signal }: FollowRequest,
): AsyncIterable<unknown[]> {
  const path = `_changes?${query}&feed=continuous&heartbeat=${heartbeat_ms}`;
  const options = { silence_ms, signal, ...(body === undefined ? {} : { body }) };
  try {
    const response = await client.open(method, path, options);
    const status = response.statusCode ?? 0;
    if (status >= 300) throw refusal(client.base, await client.answerOf(response));
    const split = lineSplitter();
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const rows = split(chunk).map((line) => parseLine(line, client.base));
      const end = rows.findIndex((row) => isObject(row) && row.last_seq !== undefined);
      if (end >= 0) rows.length = end;
      if (rows.length > 0) yield rows;
      if (end >= 0) break;
    }
  } catch (cause) {
    if (signal.aborted) return;
    throw client.unreachable(cause);
  }
  if (signal.aborted) return;
  throw new ReplicationError('feed_ended', `${client.base} ended the changes feed`);
}

/** Cuts a byte stream into its lines without the empty ones; the rest waits for more bytes. */
export function lineSplitter(): (chunk: Buffer) => string[] {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLengthMax) {
      throw new ReplicationError('bad_answer', 'a line of the changes feed is too long');
    }
    return lines.filter((line) => line.trim() !== '');
  };
}

function parseLine(line: string, label: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const reason = `${label} sent a line that is not JSON in its changes feed`;
    throw new ReplicationError('bad_answer', reason, { cause });
  }
}
