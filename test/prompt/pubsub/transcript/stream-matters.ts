// Streaming pull by gRPC.

import type { Peer } from './peer.ts';
import type { Matter } from './programme.ts';

interface Streamed {
  receivedMessages?: { ackId: string; message: { data: Uint8Array } }[];
}

function open(peer: Peer, first: object) {
  const stream = peer.subscriber.streamingPull();
  const texts: string[] = [];
  const ackIds: string[] = [];
  let told = (): void => {};
  const ended = new Promise<string>((resolve) => {
    stream.on('error', (error: { code?: number }) => resolve(`code ${error.code}`));
    stream.on('end', () => resolve('end'));
  });
  stream.on('data', ({ receivedMessages = [] }: Streamed) => {
    for (const { ackId, message } of receivedMessages) {
      texts.push(Buffer.from(message.data).toString());
      ackIds.push(ackId);
    }
    told();
  });
  const received = async (count: number): Promise<void> => {
    const limit = AbortSignal.timeout(5000);
    while (texts.length < count && !limit.aborted) {
      await new Promise<void>((resolve) => {
        told = resolve;
        limit.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  stream.write(first);
  return { stream, texts, ackIds, received, ended };
}

const streaming: Matter = async (peer) => {
  const topic = await peer.createTopic('topic');
  const subscription = await peer.createSubscription('sub', topic);
  const pull = open(peer, { subscription, streamAckDeadlineSeconds: 30 });
  await peer.publish(topic, 'm1');
  await pull.received(1);
  pull.stream.write({ modifyDeadlineAckIds: [pull.ackIds[0]], modifyDeadlineSeconds: [0] });
  await pull.received(2);
  pull.stream.write({ ackIds: [pull.ackIds[1]] });
  await peer.publish(topic, 'm2');
  await pull.received(3);
  pull.stream.end();
  return { texts: pull.texts, ended: await pull.ended };
};

const refused: Matter = async (peer) => {
  const topic = await peer.createTopic('topic');
  const subscription = await peer.createSubscription('sub', topic);
  const ending = (first: object) => open(peer, first).ended;
  const second = open(peer, { subscription, streamAckDeadlineSeconds: 10 });
  second.stream.write({ modifyDeadlineAckIds: ['a', 'b'], modifyDeadlineSeconds: [10] });
  return {
    'no such': await ending({
      ...{ subscription: peer.subscription('none'), streamAckDeadlineSeconds: 10 },
    }),
    'no name': await ending({ streamAckDeadlineSeconds: 10 }),
    'a deadline of 9 s': await ending({ subscription, streamAckDeadlineSeconds: 9 }),
    'a deadline of 601 s': await ending({ subscription, streamAckDeadlineSeconds: 601 }),
    'lists of two lengths': await second.ended,
  };
};

const deletedMeanwhile: Matter = async (peer) => {
  const topic = await peer.createTopic('topic');
  const subscription = await peer.createSubscription('sub', topic);
  const pull = open(peer, { subscription, streamAckDeadlineSeconds: 10 });
  await peer.publish(topic, 'm1');
  await pull.received(1);
  await peer.must('DELETE', subscription);
  const limit = new Promise<string>((resolve) => setTimeout(resolve, 5000, 'still open').unref());
  const ended = await Promise.race([pull.ended, limit]);
  pull.stream.cancel();
  return ended;
};

export const streamMatters: Record<string, Matter> = {
  streaming,
  'streams that are refused': refused,
  'a stream whose subscription is deleted': deletedMeanwhile,
};
