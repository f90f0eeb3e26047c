// What the bus promises, on any database. `run` lets time pass until a promise settles: at once on
// a live clock, by jumping from timer to timer on a virtual one.

import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidInputError } from '../../../mockup/core/errors.ts';
import { documentId } from '../../../mockup/core/identifiers.ts';
import type { Bus, Delivered } from '../../../mockup/platform/bus/bus.ts';
import { createBus } from '../../../mockup/platform/bus/create-bus.ts';
import type { Holder, Message, MessageDocument } from '../../../mockup/platform/bus/message.ts';
import { revived } from '../../../mockup/platform/bus/receiving/claim.ts';
import type { Clock } from '../../../mockup/platform/clock/clock.ts';
import type { Database } from '../../../mockup/platform/couch/database.ts';
import { updateDocument } from '../../../mockup/platform/couch/documents/update-document.ts';
import { silentLogger } from '../../../mockup/platform/log/logger.ts';
import type { Random } from '../../../mockup/platform/random/random.ts';

export interface BusWorld {
  messages: Database;
  clock: Clock;
  random: Random;
  run<T>(work: Promise<T>): Promise<T>;
  lease_ms: number;
}

export function busContract(name: string, makeWorld: () => Promise<BusWorld>): void {
  describe(`bus on ${name}`, () => {
    const start = async () => {
      const world = await makeWorld();
      const gone = new Set<string>();
      let pid = 100;
      const bus = (actor = 'tester'): Bus & { self: Holder } => {
        const instance = world.random.hex(8);
        const self: Holder = { actor, site: 'JAO', machine: 'm', pid: pid++, instance };
        const made = createBus({
          ...world,
          log: silentLogger,
          self,
          originIP: '127.0.0.1',
          isHolderGone: (holder) => gone.has(holder.instance),
        });
        onTestFinished(() => world.run(made.close()));
        return Object.assign(made, { self });
      };
      const all = async () =>
        (await world.messages.allDocs<Message>()).filter((doc) => doc.selector !== undefined);
      return { ...world, bus, gone, all };
    };

    it('delivers in the order of creation and marks as consumed', async () => {
      const { bus, run, all, clock } = await start();
      const sender = bus();
      for (const n of [1, 2, 3]) {
        await run(sender.send('line.a', { n }));
        await run(clock.sleep(2));
      }
      await run(sender.send('line.b', { n: 9 }));
      const got: unknown[] = [];
      await run(collect(bus(), 'line.a', 3, (message) => got.push(message.body)));
      expect(got).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      await run(sender.close());
      const messages = await run(all());
      expect(messages.map((message) => message.consumed)).toEqual([true, true, true, false]);
    });

    it('writes the fields of the wire format', async () => {
      const { bus, run, all } = await start();
      await run(bus('dra').send('pipeline.process.EU', { ousUID: 'uid://X1/X1/Xb0' }));
      const [message] = await run(all());
      expect(message).toMatchObject({
        originIP: '127.0.0.1',
        selector: 'pipeline.process.EU',
        consumed: false,
        body: { ousUID: 'uid://X1/X1/Xb0' },
      });
      expect(message?.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
      expect(message?._id).toMatch(
        new RegExp(`^${documentId(message?.creationTimestamp ?? '')}-[0-9a-f]{32}$`),
      );
      expect(message).not.toHaveProperty('msgbackID');
    });

    it('takes messages of the Python mockup and leaves those that it consumed', async () => {
      const { bus, run, messages } = await start();
      const python = { originIP: '10.0.0.1', selector: 'cached.JAO', body: { name: 'x' } };
      const hex = '0123456789abcdef'.repeat(2);
      const times = ['2018-07-19T07:10:03.781', '2018-07-19T07:10:03.999'] as const;
      for (const [index, creationTimestamp] of times.entries()) {
        const _id = `${creationTimestamp}-${hex}`;
        await run(messages.put({ ...python, _id, creationTimestamp, consumed: index === 1 }));
      }
      const got: Delivered[] = [];
      await run(collect(bus(), 'cached.JAO', 1, (message) => got.push(message)));
      expect(got.map((message) => message.creationTimestamp)).toEqual([times[0]]);
      expect(got[0]?.sender).toBeUndefined();
    });

    it('matches selectors whole, and patterns only where asked for', async () => {
      const { bus, run, clock } = await start();
      const one = bus();
      const exact: unknown[] = [];
      const pattern: unknown[] = [];
      one.receive('pipeline.process.EU', async (message) => void exact.push(message.selector));
      one.receive('cached\\.(JAO|EU)', async (message) => void pattern.push(message.selector), {
        pattern: true,
      });
      const sent = ['pipelineXprocessXEU9', 'pipeline.process.EU', 'cached.JAO', 'cached.EU2'];
      for (const selector of [...sent, 'xcached.EU', 'cached.EU'])
        await run(one.send(selector, {}));
      await run(eventually(clock, async () => exact.length === 1 && pattern.length === 2));
      expect(exact).toEqual(['pipeline.process.EU']);
      expect(pattern.toSorted()).toEqual(['cached.EU', 'cached.JAO']);
    });

    it('sends a message with a key once', async () => {
      const { bus, run, all } = await start();
      const options = { key: 'job 1', creationTimestamp: '2026-01-01T00:00:00.000' };
      await run(bus().send('s', { n: 1 }, options));
      await run(bus().send('s', { n: 1 }, options));
      await run(bus().send('s', { n: 2 }, { ...options, key: 'job 2' }));
      expect(await run(all())).toHaveLength(2);
    });

    it('shares the work among receivers, each message handled once', async () => {
      const { bus, run, clock } = await start();
      const sender = bus();
      const handled = new Map<number, number>();
      const receivers = Array.from({ length: 4 }, () => bus());
      for (const receiver of receivers) {
        receiver.receive(
          'work',
          async (message) => {
            const { n } = message.body as { n: number };
            handled.set(n, (handled.get(n) ?? 0) + 1);
          },
          { concurrency: 8 },
        );
      }
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      await run(Promise.all(numbers.map((n) => sender.send('work', { n }))));
      await run(eventually(clock, async () => handled.size === 200));
      expect([...handled.values()].every((times) => times === 1)).toBe(true);
    });

    it('gives a failed message back, counts attempts, and then it is dead', async () => {
      const { bus, run, all, clock } = await start();
      const receiver = bus();
      let attempts = 0;
      receiver.receive(
        's',
        async (message) => {
          attempts = message.attempt;
          throw new Error('the link is down');
        },
        { maxAttempts: 2 },
      );
      await run(receiver.send('s', { n: 1 }));
      await run(eventually(clock, async () => (await all())[0]?.delivery?.state === 'dead'));
      expect(attempts).toBe(2);
      const [message] = await run(all());
      expect(message).toMatchObject({ consumed: true, delivery: { error: 'the link is down' } });
    });

    it('declares what it can not understand dead at once, and lets a person revive it', async () => {
      const { bus, run, all, clock, messages } = await start();
      const receiver = bus();
      let isMended = false;
      const got: unknown[] = [];
      receiver.receive('s', async (message) => {
        if (!isMended) throw new InvalidInputError('no such field');
        got.push(message.body);
      });
      await run(receiver.send('s', { n: 1 }));
      await run(eventually(clock, async () => (await all())[0]?.delivery?.state === 'dead'));
      isMended = true;
      const [message] = await run(all());
      await run(messages.put(revived(message as Message)));
      await run(eventually(clock, async () => got.length === 1));
    });

    it('delivers again when the lease of a silent receiver is over', async () => {
      const { bus, run, all, clock, messages, lease_ms } = await start();
      const silent = bus();
      await run(silent.send('s', { n: 1 }));
      await run(takeAndFallSilent(messages, silent.self, (await run(all()))[0], lease_ms));
      const got: Delivered[] = [];
      const receiver = bus().receive('s', async (delivered) => void got.push(delivered));
      await run(receiver.ready);
      expect(got).toEqual([]);
      await run(eventually(clock, async () => got.length === 1));
      expect(got[0]?.attempt).toBe(2);
    });

    it('does not wait for the lease where the holder is known to be gone', async () => {
      const { bus, run, all, clock, messages, gone } = await start();
      const silent = bus();
      await run(silent.send('s', { n: 1 }));
      await run(takeAndFallSilent(messages, silent.self, (await run(all()))[0], 3_600_000));
      gone.add(silent.self.instance);
      let got = 0;
      bus().receive('s', async () => void got++);
      await run(eventually(clock, async () => got === 1));
    });

    it('renews the lease of a long handler, so that nobody else takes the message', async () => {
      const { bus, run, clock, lease_ms } = await start();
      let started = 0;
      let ended = 0;
      const slow = async () => {
        started++;
        await clock.sleep(lease_ms * 4);
        ended++;
      };
      const [one, other] = [bus(), bus()];
      one.receive('s', slow);
      other.receive('s', slow);
      await run(one.send('s', {}));
      await run(eventually(clock, async () => ended > 0));
      await run(clock.sleep(lease_ms));
      expect([started, ended]).toEqual([1, 1]);
    });

    it('tells a handler whose message was taken over, and leaves the message alone', async () => {
      const { bus, run, all, clock, messages, lease_ms } = await start();
      const one = bus();
      const thief = bus();
      let lost: unknown;
      one.receive('s', async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        lost = signal.reason;
      });
      await run(one.send('s', {}));
      await run(eventually(clock, async () => (await all())[0]?.delivery?.state === 'claimed'));
      await run(takeAndFallSilent(messages, thief.self, (await run(all()))[0], lease_ms * 100));
      await run(eventually(clock, async () => lost !== undefined));
      expect(lost).toMatchObject({ code: 'lease_lost' });
      await run(clock.sleep(lease_ms));
      const [message] = await run(all());
      expect(message?.delivery).toMatchObject({ state: 'claimed', holder: thief.self });
    });

    it('gives back what it has in flight when it stops, and that was no attempt', async () => {
      const { bus, run, all, clock } = await start();
      const one = bus();
      one.receive('s', async ({ signal }) => {
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      });
      await run(one.send('s', {}));
      await run(eventually(clock, async () => (await all())[0]?.delivery?.state === 'claimed'));
      await run(one.close());
      const [message] = await run(all());
      expect(message).toMatchObject({ consumed: false, delivery: { state: 'open', attempts: 0 } });
    });

    it('answers requests, and leaves nothing unread', async () => {
      const { bus, run, all, clock } = await start();
      bus('xtss').serve('xtss', async ({ body }) => ({ got: body }), { concurrency: 4 });
      const asking = bus('dra');
      const numbers = [1, 2, 3, 4, 5];
      const answers = await run(Promise.all(numbers.map((n) => asking.call('xtss', { n }))));
      expect(answers).toEqual(numbers.map((n) => ({ got: { n } })));
      expect(await run(asking.call('xtss', 'one more'))).toEqual({ got: 'one more' });
      await run(eventually(clock, async () => (await all()).every((message) => message.consumed)));
      const requests = (await run(all())).filter((message) => message.msgbackID);
      expect(requests.map((message) => message.msgbackID)).toEqual(
        expect.arrayContaining([expect.stringMatching(/^[0-9a-f]{32}$/)]),
      );
    });

    it('understands the answer of the Python mockup', async () => {
      const { bus, run, all, clock, messages } = await start();
      const answer = bus().call('xtss', {});
      await run(eventually(clock, async () => (await all()).length === 1));
      const [request] = await run(all());
      await run(
        messages.put({
          _id: `2018-07-19T07:10:03.781-${'ab'.repeat(16)}`,
          creationTimestamp: '2018-07-19T07:10:03.781',
          originIP: '10.0.0.1',
          selector: String(request?.msgbackID),
          consumed: false,
          body: 201,
        }),
      );
      expect(await run(answer)).toBe(201);
    });

    it('gives up a call after its time limit', async () => {
      const { bus, run } = await start();
      const call = run(bus().call('nobody', {}, { timeLimit_ms: 50 }));
      await expect(call).rejects.toMatchObject({ code: 'no_answer' });
    });

    it('clears away the answer to a process that died while it waited', async () => {
      const { bus, run, all, clock, gone } = await start();
      const died = bus('dra');
      died.call('xtss', {}, { timeLimit_ms: 3_600_000 }).catch(() => {});
      await run(eventually(clock, async () => (await all()).length === 1));
      await run(died.close());
      gone.add(died.self.instance);
      bus('xtss').serve('xtss', async () => 201);
      await run(eventually(clock, async () => (await all()).length === 2));
      await run(bus('dra').call('xtss', {}));
      await run(eventually(clock, async () => (await all()).every((message) => message.consumed)));
    });

    it('clears away answers to programs that run once, for which no later one comes', async () => {
      const { bus, run, all, clock, gone } = await start();
      await run(bus('torque-maui').clearAnswersTo('pipeline-driver'));
      const driver = bus('pipeline-driver');
      driver.call('xtss', {}, { timeLimit_ms: 3_600_000 }).catch(() => {});
      await run(eventually(clock, async () => (await all()).length === 1));
      await run(driver.close());
      gone.add(driver.self.instance);
      bus('xtss').serve('xtss', async () => 201);
      await run(eventually(clock, async () => (await all()).length === 2));
      await run(eventually(clock, async () => (await all()).every((message) => message.consumed)));
    });

    it('takes an answer that was cleared away while the asker was out of reach', async () => {
      const { bus, run, all, messages, clock } = await start();
      const answer = bus('pipeline-driver').call('xtss', {}, { timeLimit_ms: 3_600_000 });
      await run(eventually(clock, async () => (await all()).length === 1));
      const [request] = await run(all());
      await run(
        messages.put({
          ...{
            _id: '2020-01-01T00:00:00.000-answer',
            creationTimestamp: '2020-01-01T00:00:00.000',
          },
          ...{ originIP: '127.0.0.1', selector: request?.msgbackID, consumed: true, body: 201 },
        }),
      );
      expect(await run(answer)).toBe(201);
    });

    it('sends to every member of a group', async () => {
      const { bus, run, all } = await start();
      const one = bus();
      await run(Promise.all(['a', 'b', 'a'].map((member) => one.join('news.*', member))));
      await run(one.send('news.*', { n: 1 }));
      const selectors = (await run(all())).map((message) => message.selector);
      expect(selectors.toSorted()).toEqual(['a', 'b']);
      await expect(run(one.send('nobody.*', {}))).rejects.toMatchObject({ code: 'unknown_group' });
      await expect(run(one.join('news', 'a'))).rejects.toMatchObject({ code: 'invalid_input' });
    });
  });
}

/** Handles messages until there were `count`. */
function collect(
  bus: Bus,
  selector: string,
  count: number,
  take: (message: Delivered) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let taken = 0;
    bus.receive(selector, async (message) => {
      take(message);
      if (++taken === count) resolve();
    });
  });
}

/** Looks again and again, for a bounded time. */
async function eventually(clock: Clock, holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 2400; round++) {
    if (await holds()) return;
    await clock.sleep(25);
  }
  throw new Error('did not happen in time');
}

/** Writes the claim of a receiver that will never be heard of again. */
async function takeAndFallSilent(
  messages: Database,
  holder: Holder,
  message: Message | undefined,
  lease_ms: number,
): Promise<void> {
  await updateDocument<MessageDocument & { _id: string }>(
    messages,
    String(message?._id),
    (now) => ({
      ...(now as Message),
      consumed: true,
      delivery: {
        state: 'claimed',
        holder,
        attempts: (now?.delivery?.attempts ?? 0) + 1,
        lease_ms,
        claimedAt: '2026-01-01T00:00:00.000',
      },
    }),
  );
}
