/** `_db_updates`: the latest event of each database since the server started, and those to come. */
import { badRequest } from '../../couch-error.ts';
import type { ServerContext } from '../context.ts';
import type { Exchange } from '../exchange.ts';
import { count } from '../wire/query.ts';
import { intervalOf } from './changes-query.ts';
import type { NumberedEvent } from './database-events.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

export function sendDbUpdates(exchange: Exchange, context: ServerContext): void {
  const { events, feeds } = context;
  const kind = exchange.query.get('feed') ?? 'normal';
  if (!['normal', 'longpoll', 'continuous', 'eventsource'].includes(kind)) {
    throw badRequest('Supported `feed` types: normal, continuous, eventsource, longpoll');
  }
  const heartbeatMs = intervalOf(exchange.query);
  const since = events.parse(exchange.query.get('since') ?? (kind === 'normal' ? '0' : 'now'));
  const backlog = events.after(since);
  if (kind === 'normal' || (kind === 'longpoll' && backlog.length > 0)) {
    const results = backlog.map((event) => events.line(event)).join(',\n');
    const last = events.text(events.newest);
    exchange.jsonText(200, `{"results":[\n${results}\n],"last_seq":"${last}"}`);
    return;
  }
  const { res } = exchange;
  if (res.destroyed) return;
  const releases: (() => void)[] = [];
  const release = (): void => {
    for (const one of releases.splice(0)) one();
  };
  const finish = (event?: NumberedEvent): void => {
    release();
    const last = events.text(event?.n ?? events.newest);
    const results = event ? events.line(event) : '';
    if (kind === 'longpoll') res.end(`{"results":[${results}],"last_seq":"${last}"}\n`);
    else res.end(kind === 'continuous' ? `{"last_seq":"${last}"}\n` : undefined);
  };
  const send = (event: NumberedEvent): void => {
    if (kind === 'longpoll') {
      finish(event);
      return;
    }
    const line = events.line(event);
    const text = kind === 'continuous' ? `${line}\n` : `data: ${line}\nid: ${event.n}\n\n`;
    // Events are small and few; a client that does not read them at all is let go.
    if (!res.write(text) && res.writableLength > 1_000_000) res.destroy();
  };
  releases.push(
    feeds.add(() => finish()),
    events.onEvent(send),
  );
  res.on('close', release);
  const type = kind === 'eventsource' ? 'text/event-stream' : 'application/json';
  res.writeHead(200, { 'Content-Type': type });
  res.flushHeaders();
  for (const event of backlog) send(event);
  if (heartbeatMs !== undefined && kind !== 'longpoll') {
    const beat = setInterval(() => {
      if (!res.writableNeedDrain) res.write('\n');
    }, heartbeatMs);
    releases.push(() => clearInterval(beat));
    return;
  }
  const ms = count(exchange.query, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  const timeout = setTimeout(() => finish(), Math.min(ms, 24 * 3600 * 1000));
  releases.push(() => clearTimeout(timeout));
}
