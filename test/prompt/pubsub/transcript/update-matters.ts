// Update masks and pages.

import { each } from './each.ts';
import type { Peer } from './peer.ts';
import type { Matter } from './programme.ts';

const updates = async (peer: Peer): Promise<unknown> => {
  const topic = await peer.createTopic('updated');
  const name = await peer.createSubscription('updated', topic);
  const body = {
    ...{ name, topic, ackDeadlineSeconds: 33, labels: { c: 'd' }, filter: 'attributes:z' },
    ...{
      retainAckedMessages: true,
      enableMessageOrdering: true,
      messageRetentionDuration: '1200s',
    },
    retryPolicy: { minimumBackoff: '1s', maximumBackoff: '2s' },
  };
  const masks = [
    ...['ackDeadlineSeconds', 'ack_deadline_seconds', 'labels,retainAckedMessages', 'retryPolicy'],
    ...[
      'messageRetentionDuration',
      'filter',
      'enableMessageOrdering',
      'topic',
      'name',
      'nonsense',
      '',
    ],
  ];
  const updateMask = 'labels';
  return {
    ...(await each(
      masks,
      (mask) => `mask ${mask}`,
      (mask) => peer.verdict('PATCH', name, { subscription: body, updateMask: mask }),
    )),
    afterwards: await peer.rest('GET', name),
    'no such': await peer.rest('PATCH', peer.subscription('none'), {
      subscription: { ...body, name: peer.subscription('none') },
      updateMask,
    }),
    'bad value': await peer.verdict('PATCH', name, {
      ...{
        subscription: { name, topic, ackDeadlineSeconds: 5 },
        updateMask: 'ackDeadlineSeconds',
      },
    }),
    topic: await peer.rest('PATCH', topic, {
      topic: { name: topic, labels: { e: 'f' } },
      updateMask,
    }),
    'topic without mask': await peer.verdict('PATCH', topic, {
      topic: { name: topic, labels: {} },
    }),
    'topic name': await peer.verdict('PATCH', topic, {
      topic: { name: topic },
      updateMask: 'name',
    }),
  };
};

const pages = async (peer: Peer): Promise<unknown> => {
  for (const id of ['ccc', 'aaa', 'ddd', 'bbb', 'eee']) await peer.createTopic(id);
  for (const id of ['sb-2', 'sb-1', 'sb-3']) await peer.createSubscription(id, peer.topic('aaa'));
  const found: unknown[] = [];
  let token = '';
  do {
    const { body } = await peer.must(
      'GET',
      `projects/${peer.project}/topics?pageSize=2&pageToken=${token}`,
    );
    found.push(
      ((body.topics ?? []) as { name: string }[]).map(({ name }) => name.split('/').at(-1)),
    );
    token = encodeURIComponent(String(body.nextPageToken ?? ''));
  } while (token !== '' && found.length < 10);
  const page = async (path: string): Promise<unknown> => {
    const { nextPageToken, ...rest } = (await peer.raw('GET', path)).body;
    return peer.plain({ ...rest, more: Boolean(nextPageToken) });
  };
  return {
    found,
    subscriptions: await page(`projects/${peer.project}/subscriptions?pageSize=1`).then(
      (one) => (one as { subscriptions: unknown[]; more: boolean }).more,
    ),
    'of a topic': await page(`${peer.topic('aaa')}/subscriptions?pageSize=2`),
    'negative size': await peer.verdict('GET', `projects/${peer.project}/topics?pageSize=-1`),
    'bad token': await peer.verdict('GET', `projects/${peer.project}/topics?pageToken=nonsense`),
    'another project': await peer.rest('GET', 'projects/another-one/topics'),
  };
};

export const updateMatters: Record<string, Matter> = { updates, pages };
