// Pull, acknowledgement, deadlines, filters, ordering, dead letters, seek, deleted and detached.

import { base64, type Peer, type Received, texts } from './peer.ts';
import type { Matter } from './programme.ts';

async function pair(peer: Peer, config: Record<string, unknown> = {}): Promise<[string, string]> {
  const topic = await peer.createTopic('topic');
  return [topic, await peer.createSubscription('sub', topic, config)];
}

const pulling: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  await peer.publish(topic, 'm1', { data: base64('m2'), attributes: { a: 'ä' } }, 'm3');
  const all = await peer.pull(sub, 3);
  const [first] = all as [Received];
  const ack = (body: unknown) => peer.rest('POST', `${sub}:acknowledge`, body);
  const pull = (body: unknown, of = sub) => peer.rest('POST', `${of}:pull`, body);
  const immediately = { returnImmediately: true };
  return {
    first: texts(all),
    messages: peer.plain(all.map(({ message }) => message)),
    'nothing left': await pull({ maxMessages: 5, ...immediately }),
    'ack one': await ack({ ackIds: [first.ackId] }),
    'ack it again': await ack({ ackIds: [first.ackId] }),
    'ack an unknown one': await ack({ ackIds: ['nonsense'] }),
    'ack none': await ack({ ackIds: [] }),
    'ack an empty one': await ack({ ackIds: [''] }),
    'ack of none such': await peer.rest('POST', `${peer.subscription('none')}:acknowledge`, {
      ackIds: ['x'],
    }),
    'pull no messages': await pull({ maxMessages: 0, ...immediately }),
    'pull less than none': await pull({ maxMessages: -1, ...immediately }),
    'pull from none such': await pull(
      { maxMessages: 1, ...immediately },
      peer.subscription('none'),
    ),
    'by gRPC': await peer.grpc(peer.subscriber.pull({ subscription: sub, maxMessages: 0 })),
    'published before it was there': await (async () => {
      const late = await peer.createSubscription('late', topic);
      return texts(await peer.pull(late, 1, 300));
    })(),
  };
};

const deadlines: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  await peer.publish(topic, 'm1');
  const [first] = (await peer.pull(sub, 1)) as [Received];
  const modify = (ackDeadlineSeconds: number, ackIds: string[], of = sub) =>
    peer.rest('POST', `${of}:modifyAckDeadline`, { ackIds, ackDeadlineSeconds });
  const answers = {
    '600 s': await modify(600, [first.ackId]),
    '601 s': await modify(601, [first.ackId]),
    'less than none': await modify(-1, [first.ackId]),
    unknown: await modify(20, ['nonsense']),
    'no ids': await modify(20, []),
    'of none such': await modify(20, ['x'], peer.subscription('none')),
    'back at once': await modify(0, [first.ackId]),
  };
  const again = await peer.pull(sub, 1);
  return {
    ...answers,
    again: texts(again),
    attempt: peer.plain(again.map((one) => one.deliveryAttempt ?? 0)),
  };
};

const redelivery: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  await peer.publish(topic, 'm1', 'm2');
  const all = await peer.pull(sub, 2);
  await peer.acknowledge(sub, all.slice(0, 1));
  const before = texts(await peer.pull(sub, 1, 2000));
  const after = texts(await peer.pull(sub, 1, 15_000));
  return { before, after };
};

const filtered: Matter = async (peer) => {
  const topic = await peer.createTopic('topic');
  const filters = [
    ...['attributes:a', 'NOT attributes:a', 'attributes.a = "1"', 'attributes.a != "1"'],
    ...['hasPrefix(attributes.a, "1")', 'attributes:a AND attributes:b', 'attributes.b = ""'],
    ...[
      'attributes.a = "1" OR attributes.b = "2"',
      '(attributes.a = "x" OR attributes:b) AND NOT attributes:c',
    ],
  ];
  for (const [n, filter] of filters.entries())
    await peer.createSubscription(`sub-${n}`, topic, { filter });
  const attributes = [
    { a: '1' },
    { a: '12' },
    { b: '2' },
    { a: 'x', b: '' },
    { b: '2', c: '3' },
    { z: '' },
  ];
  await peer.publish(
    topic,
    ...attributes.map((one) => ({ data: base64(JSON.stringify(one)), attributes: one })),
  );
  const found = await Promise.all(
    filters.map(async (filter, n) => {
      return [filter, texts(await peer.pull(peer.subscription(`sub-${n}`), 7, 1500)).sort()];
    }),
  );
  return Object.fromEntries(found);
};

const ordering: Matter = async (peer) => {
  const [topic, sub] = await pair(peer, { enableMessageOrdering: true });
  const keyed = (key: string, ...names: string[]) =>
    names.map((name) => ({ data: base64(name), orderingKey: key }));
  await peer.publish(topic, ...keyed('a', 'a1', 'a2', 'a3'), ...keyed('b', 'b1', 'b2'));
  const seen: string[] = [];
  let refused = false;
  for (let round = 0; round < 40 && seen.length < 5; round++) {
    for (const one of await peer.pull(sub, 1, 500)) {
      const [name] = texts([one]) as [string];
      if (name === 'a1' && !refused) {
        refused = true;
        await peer.giveBack(sub, [one]);
      } else {
        seen.push(name);
        await peer.acknowledge(sub, [one]);
      }
    }
  }
  const of = (key: string) => seen.filter((name) => name.startsWith(key));
  return { a: of('a'), b: of('b'), refused };
};

const deadLetters: Matter = async (peer) => {
  const dead = await peer.createTopic('dead');
  const deadSub = await peer.createSubscription('dead-sub', dead);
  const deadLetterPolicy = { deadLetterTopic: dead, maxDeliveryAttempts: 5 };
  const [topic, sub] = await pair(peer, { deadLetterPolicy });
  await peer.publish(topic, { data: base64('m1'), attributes: { own: 'x' } });
  const attempts: (number | undefined)[] = [];
  for (let round = 0; round < 7; round++) {
    const received = await peer.pull(sub, 1, 700);
    if (received.length === 0) break;
    attempts.push(received[0]?.deliveryAttempt);
    await peer.giveBack(sub, received);
  }
  const [letter] = await peer.pull(deadSub, 1);
  const { CloudPubSubDeadLetterSourceTopicPublishTime: time, ...attributes } =
    letter?.message.attributes ?? {};
  return {
    attempts,
    text: letter && texts([letter]),
    attributes: peer.plain(attributes),
    timed: Boolean(time),
    left: texts(await peer.pull(sub, 1, 300)),
  };
};

const seeking: Matter = async (peer) => {
  const [topic, sub] = await pair(peer, { retainAckedMessages: true });
  const plain = await peer.createSubscription('plain', topic);
  const start = new Date().toISOString();
  await peer.publish(topic, 'm1', 'm2');
  for (const one of [sub, plain]) await peer.acknowledge(one, await peer.pull(one, 2));
  const seek = (body: unknown, of = sub) => peer.rest('POST', `${of}:seek`, body);
  const back = [await seek({ time: start }), await seek({ time: start }, plain)];
  const again = texts(await peer.pull(sub, 2)).sort();
  const notKept = texts(await peer.pull(plain, 2, 500)).sort();
  await peer.publish(topic, 'm3');
  const forth = await seek({ time: new Date(Date.now() + 3_600_000).toISOString() }, plain);
  return {
    ...{ back, again, notKept, forth },
    skipped: texts(await peer.pull(plain, 1, 500)),
    'to nowhere': await seek({}),
    'no such': await seek({ time: start }, peer.subscription('none')),
    'to no time': await seek({ time: 'nonsense' }),
  };
};

const deletedTopic: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  await peer.publish(topic, 'before');
  await peer.must('DELETE', topic);
  const config = await peer.rest('GET', sub);
  const kept = texts(await peer.pull(sub, 1, 1000));
  await peer.createTopic('topic');
  await peer.publish(topic, 'after');
  return {
    config,
    kept,
    'nothing of the new one': texts(await peer.pull(sub, 1, 500)),
    'subscriptions of the new one': await peer.rest('GET', `${topic}/subscriptions`),
    'same name again': await peer.verdict('PUT', sub, { topic }),
    deleted: await peer.rest('DELETE', sub),
    'deleted again': await peer.rest('DELETE', sub),
    'and made anew': await peer.verdict('PUT', sub, { topic }),
  };
};

const detached: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  await peer.publish(topic, 'before');
  return {
    detach: await peer.rest('POST', `${sub}:detach`, {}),
    config: await peer.rest('GET', sub),
    of: await peer.rest('GET', `${topic}/subscriptions`),
    pull: await peer.rest('POST', `${sub}:pull`, { maxMessages: 1, returnImmediately: true }),
    again: await peer.rest('POST', `${sub}:detach`, {}),
    'no such': await peer.rest('POST', `${peer.subscription('none')}:detach`, {}),
  };
};

const waitingPull: Matter = async (peer) => {
  const [topic, sub] = await pair(peer);
  const waiting = peer.raw('POST', `${sub}:pull`, { maxMessages: 5 });
  await peer.publish(topic, 'm1');
  const { body } = await waiting;
  return texts((body.receivedMessages ?? []) as Received[]);
};

export const deliveryMatters: Record<string, Matter> = {
  pulling,
  deadlines,
  redelivery,
  filtered,
  ordering,
  'dead letters': deadLetters,
  seeking,
  'a deleted topic': deletedTopic,
  'a detached subscription': detached,
  'a pull that waits': waitingPull,
};
