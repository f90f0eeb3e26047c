// What a scheduler says of its replications: no password of theirs, and since when they are behind.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LiveModel } from '../../../dashboard/server/model/live-model.ts';
import { ReplicationPoll } from '../../../dashboard/server/watch/replication-poll.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';

let docs: object[];
let url: string;
const server = createServer((_request, response) => response.end(JSON.stringify({ docs })));
beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function poll() {
  const model = new LiveModel();
  const clock = createVirtualClock();
  const it = new ReplicationPoll(model, clock, [{ site: 'JAO', url }], () => false);
  return {
    model,
    clock,
    refresh: () => it.refresh(),
    all: () => [...model.all('replication').values()],
  };
}

it('never tells a password, however it is written and wherever the text is cut', async () => {
  const secret = 'very-secret-word';
  const login = (password: string) => `http://someone:${password}@localhost:1/msgq`;
  docs = [
    login(secret),
    login(`p@${secret}`),
    login(`${secret.repeat(30)}`),
    `no route to ${login(secret)} and ${login(`a@${secret}`)}`,
  ].map((text, index) => ({
    ...{ doc_id: `odd-${index}`, source: text, target: 'x', state: 'crashing' },
    info: { error: text },
  }));
  const { refresh, all } = poll();
  await refresh();
  expect(all()).toHaveLength(docs.length);
  expect(JSON.stringify(all())).not.toContain(secret);
  expect(all()[0]).toMatchObject({ from: 'http://localhost:1/msgq', to: 'JAO' });
});

it('says since when changes wait, where it has been watching', async () => {
  docs = [{ doc_id: 'draws-msgq-from-EU-to-JAO', state: 'running', info: { changes_pending: 5 } }];
  const { clock, refresh, all } = poll();
  const began = clock.now();
  await refresh();
  await clock.runFor(60_000);
  await refresh();
  expect(all()[0]?.behindSince_ms).toBe(began);
  // Nobody looked for hours: what happened meanwhile is not known.
  await clock.runFor(3_600_000);
  await refresh();
  expect(all()[0]?.behindSince_ms).toBe(clock.now());
});
