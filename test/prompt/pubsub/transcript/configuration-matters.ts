// Names, limits and settings.

import { each } from './each.ts';
import { base64, type Peer } from './peer.ts';
import type { Matter } from './programme.ts';

const DAY_S = 86_400;

const IDS = [
  ...['abc', 'ab', 'a', '1bc', '-ab', 'a.b', 'a_b~c+d%25', 'a b', 'goog-x', 'Goog-x', 'xgoog'],
  ...['a'.repeat(255), 'a'.repeat(256), 'äbc', 'a/b', 'a:b', 'a%2fb', 'a%0ab', '..', 'A-Z'],
];

const shortened = (id: string): string => (id.length > 100 ? `${id.length} letters` : id);

const publishLimits = async (peer: Peer): Promise<unknown> => {
  const topic = await peer.createTopic('limits');
  await peer.createSubscription('limits', topic);
  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']));
  const cases: [string, unknown][] = [
    ['one', { messages: [{ data: base64('x') }] }],
    ['attributes alone', { messages: [{ attributes: { a: 'b' } }] }],
    ['an empty message', { messages: [{}] }],
    ['an ordering key alone', { messages: [{ orderingKey: 'k' }] }],
    ['no messages', { messages: [] }],
    ['nothing', {}],
    ['100 attributes', { messages: [{ attributes: attributes(100) }] }],
    ['101 attributes', { messages: [{ attributes: attributes(101) }] }],
    ['a key of 256 bytes', { messages: [{ attributes: { ['k'.repeat(256)]: 'v' } }] }],
    ['a key of 257 bytes', { messages: [{ attributes: { ['k'.repeat(257)]: 'v' } }] }],
    ['an empty key', { messages: [{ attributes: { '': 'v' } }] }],
    ['a key of goog', { messages: [{ attributes: { 'goog-x': 'v' } }] }],
    ['a value of 1024 bytes', { messages: [{ attributes: { k: 'v'.repeat(1024) } }] }],
    ['a value of 1025 bytes', { messages: [{ attributes: { k: 'v'.repeat(1025) } }] }],
    ['a value that is a number', { messages: [{ attributes: { k: 1 } }] }],
    [
      'an ordering key of 1024 bytes',
      { messages: [{ data: base64('x'), orderingKey: 'k'.repeat(1024) }] },
    ],
    [
      'an ordering key of 1025 bytes',
      { messages: [{ data: base64('x'), orderingKey: 'k'.repeat(1025) }] },
    ],
    ['1000 messages', { messages: Array(1000).fill({ data: base64('x') }) }],
    ['1001 messages', { messages: Array(1001).fill({ data: base64('x') }) }],
    ['no base64', { messages: [{ data: '%%%' }] }],
    ['base64 for addresses', { messages: [{ data: '-_-_' }] }],
    ['no JSON', '{"messages": ['],
    ['a list', '[]'],
    ['an unknown field', { messages: [{ data: base64('x') }], other: 1 }],
    ['above 10 MB', { messages: [{ data: base64('x'.repeat(10_100_000)) }] }],
  ];
  return each(
    cases,
    ([label]) => label,
    ([, body]) => peer.verdict('POST', `${topic}:publish`, body),
  );
};

const subscriptionSettings = async (peer: Peer): Promise<unknown> => {
  const topic = await peer.createTopic('settings');
  const seconds = (number: number) => `${number}s`;
  const deadLetterTopic = peer.topic('settings');
  const cases: Record<string, unknown>[] = [
    {},
    ...[10, 600, 9, 601, -1, 0].map((ackDeadlineSeconds) => ({ ackDeadlineSeconds })),
    ...[600, 599, 31 * DAY_S, 31 * DAY_S + 1, 7 * DAY_S].map((time_s) => ({
      messageRetentionDuration: seconds(time_s),
    })),
    ...[DAY_S, DAY_S - 1, 366 * DAY_S].map((time_s) => ({
      expirationPolicy: { ttl: seconds(time_s) },
    })),
    { expirationPolicy: {} },
    ...[5, 100, 4, 101, 0].map((maxDeliveryAttempts) => ({
      deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts },
    })),
    { deadLetterPolicy: { deadLetterTopic: peer.topic('none-such'), maxDeliveryAttempts: 5 } },
    { deadLetterPolicy: { deadLetterTopic: 'nonsense' } },
    { retryPolicy: {} },
    { retryPolicy: { minimumBackoff: '5s', maximumBackoff: '20s' } },
    { retryPolicy: { minimumBackoff: '20s', maximumBackoff: '5s' } },
    { retryPolicy: { minimumBackoff: '601s' } },
    { retryPolicy: { minimumBackoff: '-1s' } },
    { enableMessageOrdering: true },
    { enableExactlyOnceDelivery: true },
    { retainAckedMessages: true },
    { labels: { a: 'b' } },
    { ack_deadline_seconds: 44 },
    { nonsense: 1 },
    { pushConfig: { nonsense: 1 } },
    { filter: 'attributes:a' },
    { pushConfig: { pushEndpoint: 'http://127.0.0.1:9/x' } },
    { pushConfig: { pushEndpoint: 'ftp://127.0.0.1/x' } },
    { pushConfig: { pushEndpoint: 'nonsense' } },
    {
      pushConfig: { pushEndpoint: 'http://127.0.0.1:9/x', attributes: { 'x-goog-version': 'v1' } },
    },
  ];
  return each(
    cases,
    (config) => JSON.stringify(config).replaceAll(peer.project, 'PROJECT'),
    async (config, index) => {
      const shown = await peer.rest('PUT', peer.subscription(`s-${index}x`), { topic, ...config });
      const [key = ''] = Object.keys(config);
      if (key === 'ack_deadline_seconds') return (shown as typeof config).ackDeadlineSeconds;
      return typeof shown === 'string' || key === '' ? shown : (shown as typeof config)[key];
    },
  );
};

const FILTERS = [
  ...['', ' ', 'attributes:a', 'attributes:"a"', 'attributes : a', 'NOT attributes:a'],
  ...['-attributes:a', 'attributes.a = "b"', 'attributes.a="b"', 'attributes.a != "b"'],
  ...[
    'hasPrefix(attributes.a, "b")',
    'hasPrefix( attributes.a , "b" )',
    'hasprefix(attributes.a, "b")',
  ],
  ...['attributes.a = "b" AND attributes.c = "d"', 'attributes.a = "b" and attributes.c = "d"'],
  ...['attributes:a OR attributes:b', 'attributes:a AND attributes:b OR attributes:c'],
  ...[
    '(attributes:a AND attributes:b) OR attributes:c',
    'NOT (attributes:a)',
    'NOT NOT attributes:a',
  ],
  ...['attributes.a = b', "attributes.a = 'b'", 'attributes.a > "b"', 'attributes.a:"b"'],
  ...[
    'attributes',
    'attributes.',
    'a',
    '(',
    '()',
    'attributes:a)',
    '((attributes:a))',
    'attribute:a',
  ],
  ...[
    'attributes.a = "b\\"c"',
    'attributes.a = "b',
    'attributes."a b" = "c"',
    'attributes.a-b = "c"',
  ],
  ...['attributes.a_b = "c"', 'attributes.1a = "c"', 'attributes.ä = "c"', 'attributes.a.b = "c"'],
  ...['attributes:a attributes:b', 'attributes:a AND', 'AND attributes:a', 'data = "x"'],
  ...[`attributes.a = "${'b'.repeat(239)}"`, `attributes.a = "${'b'.repeat(240)}"`],
  ...[`${'('.repeat(100)}attributes:a${')'.repeat(100)}`, `${'NOT '.repeat(50)}attributes:a`],
];

const filterSyntax = async (peer: Peer): Promise<unknown> => {
  const topic = await peer.createTopic('filters');
  return each(FILTERS, String, (filter, index) =>
    peer.verdict('PUT', peer.subscription(`filter-${index}`), { topic, filter }),
  );
};

const topics = async (peer: Peer): Promise<unknown> => {
  const topic = peer.topic('first');
  return {
    create: await peer.rest('PUT', topic, { labels: { a: 'b' } }),
    again: await peer.rest('PUT', topic, {}),
    get: await peer.rest('GET', topic),
    list: await peer.rest('GET', `projects/${peer.project}/topics`),
    retention: await peer.rest('PUT', peer.topic('kept'), { messageRetentionDuration: '600s' }),
    'too short': await peer.verdict('PUT', peer.topic('short'), {
      messageRetentionDuration: '599s',
    }),
    'too long': await peer.verdict('PUT', peer.topic('long'), {
      messageRetentionDuration: '2678401s',
    }),
    'subscription to none': await peer.rest('PUT', peer.subscription('none'), {
      topic: peer.topic('none'),
    }),
    'subscription without topic': await peer.rest('PUT', peer.subscription('none'), {}),
    'subscriptions of none': await peer.rest('GET', `${peer.topic('none')}/subscriptions`),
    'publish to none': await peer.rest('POST', `${peer.topic('none')}:publish`, {
      messages: [{ data: 'eA==' }],
    }),
    delete: await peer.rest('DELETE', topic),
    'delete again': await peer.rest('DELETE', topic),
    'get deleted': await peer.rest('GET', topic),
    'get by gRPC': await peer.grpc(peer.publisher.getTopic({ topic })),
    'bad name by gRPC': await peer.grpc(peer.publisher.createTopic({ name: 'nonsense' })),
    'other path': await peer.verdict('GET', `projects/${peer.project}/others`),
    'other method': await peer.verdict('POST', topic, {}),
  };
};

export const configurationMatters: Record<string, Matter> = {
  'names of topics': (peer) =>
    each(IDS, shortened, (id) => peer.verdict('PUT', `projects/${peer.project}/topics/${id}`, {})),
  'names of topics by gRPC': (peer) =>
    each(IDS, shortened, async (id) => {
      const answer = await peer.grpc(peer.publisher.createTopic({ name: peer.topic(id) }));
      return typeof answer === 'string' ? answer : 'accepted';
    }),
  'names of subscriptions': async (peer) => {
    const topic = await peer.createTopic('named');
    return each(IDS, shortened, (id) =>
      peer.verdict('PUT', `projects/${peer.project}/subscriptions/${id}`, { topic }),
    );
  },
  'limits of publishing': publishLimits,
  'settings of subscriptions': subscriptionSettings,
  'syntax of filters': filterSyntax,
  topics,
};
