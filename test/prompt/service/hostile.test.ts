// What anybody may send to the service: refused in bounded time, on record, and never again.

import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instrumentNamed } from '../../../mockup/core/prompt/instruments.ts';
import { closeServer, listen } from '../../../mockup/platform/http/listen.ts';
import { readPipelineTable } from '../../../mockup/prompt/service/pipeline-table.ts';
import { createServiceApp } from '../../../mockup/prompt/service/service-app.ts';
import type { ServiceSettings } from '../../../mockup/prompt/service/service-settings.ts';
import { createVisitWorld, type VisitWorld, visit } from '../visits/visit-world.ts';

let world: VisitWorld;
let server: Server;
let url: string;
let processed: number;

const settings: ServiceSettings = {
  ...{ instrument: instrumentNamed('LSSTComCam'), token: 'secret&=?', imageBucket: 'b', port: 0 },
  ...{
    calibRepo: 'r',
    registry: {},
    imageTimeout_s: 50,
    apdb: 'a',
    apdbNamespace: 'n',
    expiry_s: 3600,
  },
  presenceUrl: undefined,
  pipelines: readPipelineTable('[{survey: none, pipelines: []}, {pipelines: [ApPipe.yaml]}]'),
  pipeline: { seed: 1, failureRate: 0, processing_s: [1, 2] },
};

beforeEach(async () => {
  world = await createVisitWorld();
  processed = 0;
  const app = createServiceApp({
    ...{ clock: world.clock, log: world.log, settings, visits: world.storeOf('one') },
    process: async () => {
      processed += 1;
      return { state: 'processed', text: 'Pipeline executed' };
    },
  });
  server = createServer(app);
  url = `${await listen(server, { host: '127.0.0.1', port: 0 })}/next-visit`;
});
afterEach(() => closeServer(server));

const post = async (body: string, query = `?token=${encodeURIComponent(settings.token)}`) => {
  const answer = await fetch(`${url}${query}`, { method: 'POST', body });
  return { status: answer.status, text: await answer.text() };
};
const encoded = (text: string): string => Buffer.from(text).toString('base64');
const envelope = (data: unknown, messageId = 'm1'): string =>
  JSON.stringify({ message: { data: encoded(JSON.stringify(data)), messageId } });
const documents = () => world.database.allDocs<{ kind?: string; reason?: string }>();

describe('a token', () => {
  it.each([
    '',
    '?token=',
    '?token=secret',
    '?token=secret%26%3D%3F%00',
    '?token=secret%26%3D%3F&token=secret%26%3D%3F',
    '?token[]=secret%26%3D%3F',
    '?Token=secret%26%3D%3F',
    `?token=${'x'.repeat(10_000)}`,
    '?token=%ff%fe',
  ])('that is wrong gets the same answer as any other, before the body is read: %#', async (q) => {
    const answer = await post('x'.repeat(100_000), q);
    expect(answer).toEqual({ status: 400, text: 'Invalid request' });
    expect(await documents()).toEqual([]);
  });

  it('that is right lets a visit pass', async () => {
    expect(await post(envelope(visit))).toEqual({ status: 200, text: 'Pipeline executed' });
    expect(processed).toBe(1);
  });
});

describe('an envelope', () => {
  it.each([
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['[]', 400],
    ['"x"', 400],
    ['{"message":null}', 400],
    ['{"message":{"data":7,"messageId":"a"}}', 400],
    ['{"message":{"data":"%%","messageId":"b"}}', 400],
    [JSON.stringify({ message: { messageId: 'c' } }), 400],
    [JSON.stringify({ message: { data: encoded('{'), messageId: 'd' } }), 400],
    [JSON.stringify({ message: { data: encoded('\0\xff'), messageId: '../_design/x' } }), 400],
    [envelope({ ...visit, detector: '1e9' }), 400],
    [envelope({ ...visit, group: '../../etc' }), 400],
    [envelope({ ...visit, filter: "r'; DROP TABLE x" }), 400],
    [envelope({ ...visit, ra: null }), 400],
    [`{"message":{"data":"${encoded('x'.repeat(2_000_000))}"}}`, 400],
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400],
    ['{"__proto__":{"x":1},"message":{"data":"e30="}}', 400],
  ])('that can not be read is refused: %#', async (body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    // Nothing of what went wrong inside.
    expect(answer.text).toBe('Bad request');
    expect(processed).toBe(0);
  });

  it('that was refused is kept, and acknowledged when it comes again', async () => {
    const bad = envelope({ ...visit, snaps: 0 }, 'a/b:<c>');
    expect((await post(bad)).status).toBe(400);
    expect(await post(bad)).toEqual({ status: 200, text: 'Refused before' });
    const [kept, ...others] = await documents();
    expect(others).toEqual([]);
    expect(kept).toMatchObject({ _id: 'refused_a_b__c_', kind: 'refused' });
    expect(kept?.reason).toContain('snaps');
  });

  it.each([
    [{ ...visit, instrument: 'LATISS', detector: 0 }, 'ignored', 'LSSTComCam'],
    [{ ...visit, instrument: 'NoSuch' }, 'ignored', 'LSSTComCam'],
    [{ ...visit, detector: 9 }, 'ignored', 'LSSTComCam'],
    [{ ...visit, survey: 'none' }, 'ignored', 'no pipeline is for survey none'],
  ])(
    'of a visit for somebody else is acknowledged and on record: %#',
    async (other, state, why) => {
      expect((await post(envelope(other))).status).toBe(200);
      const [record] = await documents();
      expect(record).toMatchObject({ state });
      expect(JSON.stringify(record)).toContain(why);
      expect(processed).toBe(0);
    },
  );

  it("is taken up where another camera's service ignored it", async () => {
    await world.storeOf('other').dismiss(visit, 'ignored', 'this service is for LATISS');
    expect(await post(envelope(visit))).toEqual({ status: 200, text: 'Pipeline executed' });
    expect(processed).toBe(1);
    const { history } = await world.record();
    expect(history.map(({ state }) => state)).toEqual(['announced', 'ignored', 'preparing']);
  });

  it('with fields that nobody knows is read without them', async () => {
    const more = {
      ...visit,
      extra: 1,
      constructor: { x: 1 },
      detector: '4',
      group: 2026112800011,
    };
    expect((await post(envelope(more))).status).toBe(200);
    expect(processed).toBe(1);
  });

  it('that comes too late is recorded as expired', async () => {
    const publishTime = new Date(world.clock.now() - 3_601_000).toISOString();
    const message = { data: encoded(JSON.stringify(visit)), messageId: 'm', publishTime };
    expect(await post(JSON.stringify({ message }))).toEqual({ status: 200, text: 'Expired' });
    expect((await world.record()).state).toBe('expired');
  });

  it('that comes too late a second time leaves what is under way', async () => {
    await world.claim('two');
    const publishTime = new Date(world.clock.now() - 3_601_000).toISOString();
    const message = { data: encoded(JSON.stringify(visit)), messageId: 'm', publishTime };
    const answer = await post(JSON.stringify({ message }));
    expect(answer).toEqual({ status: 503, text: 'Being processed' });
    expect(await world.record()).toMatchObject({ state: 'preparing', claim: { worker: 'two' } });
  });

  it('that is delivered twice at a time is processed by one, and the other one is told', async () => {
    const claimed = await world.claim('two');
    let isOver = false;
    const answer = post(envelope(visit)).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await world.clock.runFor(2000);
      await world.clock.complete(world.storeOf('two').prolong(claimed));
    }
    expect(await answer).toEqual({ status: 503, text: 'Being processed' });
    expect(processed).toBe(0);
  });
});

it('other methods and paths lead nowhere', async () => {
  expect((await fetch(`${url}?token=x`)).status).toBe(404);
  expect((await fetch(`${url}/..%2f..%2fetc/passwd`, { method: 'POST' })).status).toBe(404);
});
