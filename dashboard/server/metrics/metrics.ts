// The figures of the site for Prometheus, made from the model when they are asked for.

import { ousStates } from '../../../mockup/core/ous/life-cycle.ts';
import type { Config, QueueSummary } from '../../protocol/summaries.ts';
import type { LiveModel } from '../model/live-model.ts';
import { isStuck } from '../summaries/stuck.ts';
import type { Family, Sample } from './metric-text.ts';

export interface MetricsSources {
  model: LiveModel;
  /** Delivered OUSs that are not in the model. */
  olderDelivered: number;
  config: Config;
  clients: number;
  now_ms: number;
  memory_bytes: number;
}

export function metricFamilies(sources: MetricsSources): Family[] {
  return [
    ...ousFamilies(sources),
    ...messageFamilies(sources.model),
    ...replicationFamilies(sources),
    ...fileFamilies(sources.model),
    ...actorFamilies(sources.model),
    ...ownFamilies(sources),
  ];
}

function ousFamilies({ model, olderDelivered, config, now_ms }: MetricsSources): Family[] {
  const counts = new Map<string, number>(ousStates.map((state) => [state, 0]));
  const stuck = new Map(counts);
  for (const ous of model.all('ous').values()) {
    const state = counts.has(ous.state) ? ous.state : 'other';
    counts.set(state, (counts.get(state) ?? 0) + 1);
    if (isStuck(ous, config, now_ms)) stuck.set(state, (stuck.get(state) ?? 0) + 1);
  }
  counts.set('Delivered', (counts.get('Delivered') ?? 0) + olderDelivered);
  const byState = (map: Map<string, number>): Sample[] =>
    [...map].map(([state, value]) => ({ labels: { state }, value }));
  return [
    gauge('draws_ouss', 'OUSs by state.', byState(counts)),
    gauge('draws_ouss_stuck', 'OUSs that are in their state for too long.', byState(stuck)),
  ];
}

function messageFamilies(model: LiveModel): Family[] {
  const queues = [...model.all('queue').values()];
  const counter = (
    name: string,
    help: string,
    field: 'sent' | 'done' | 'redelivered',
  ): Family => ({
    name,
    type: 'counter',
    help,
    samples: queues.map((queue) => ({ labels: { selector: queue.id }, value: queue[field] })),
  });
  const byState = (queue: QueueSummary): Sample[] =>
    (['open', 'claimed', 'dead'] as const).map((state) => ({
      labels: { selector: queue.id, state },
      value: queue[state],
    }));
  return [
    gauge('draws_messages', 'Messages that are not finished.', queues.flatMap(byState)),
    counter('draws_messages_sent_total', 'Messages that were sent, since the start.', 'sent'),
    counter('draws_messages_done_total', 'Messages that were finished, since the start.', 'done'),
    counter(
      'draws_message_redeliveries_total',
      'Attempts beyond the first one, since the start.',
      'redelivered',
    ),
  ];
}

function replicationFamilies({ model, now_ms }: MetricsSources): Family[] {
  const all = [...model.all('replication').values()];
  const labels = ({ database, from, to }: (typeof all)[number]) => ({ database, from, to });
  return [
    gauge(
      'draws_replication_up',
      'Whether the replication runs.',
      all.map((one) => ({ labels: labels(one), value: one.state === 'running' ? 1 : 0 })),
    ),
    gauge(
      'draws_replication_pending',
      'Changes that wait at the source.',
      all.flatMap((one) =>
        one.pending === null ? [] : [{ labels: labels(one), value: one.pending }],
      ),
    ),
    gauge(
      'draws_replication_lag_seconds',
      'For how long changes have been waiting at the source.',
      all.map((one) => ({
        labels: labels(one),
        value: one.behindSince_ms === null ? 0 : (now_ms - one.behindSince_ms) / 1000,
      })),
    ),
  ];
}

function fileFamilies(model: LiveModel): Family[] {
  const cells = [...model.all('flow').values()].flatMap(({ id, counts }) =>
    Object.entries(counts).map(([state, count]) => ({ labels: { flow: id, state }, count })),
  );
  return [
    gauge(
      'draws_files',
      'Files of the buffer managers by state.',
      cells.map(({ labels, count }) => ({ labels, value: count.files })),
    ),
    gauge(
      'draws_file_bytes',
      'Bytes of these files.',
      cells.map(({ labels, count }) => ({ labels, value: count.bytes })),
    ),
  ];
}

function actorFamilies(model: LiveModel): Family[] {
  const actors = [...model.all('actor').values()];
  const labels = ({ id, site, name }: (typeof actors)[number]) => ({ actor: id, site, name });
  return [
    gauge(
      'draws_actor_up',
      'Whether the actor runs, by its heartbeat.',
      actors.map((actor) => ({
        labels: labels(actor),
        value: actor.state === 'idle' || actor.state === 'busy' ? 1 : 0,
      })),
    ),
    gauge(
      'draws_actor_busy',
      'Whether the actor works on something.',
      actors.map((actor) => ({ labels: labels(actor), value: actor.state === 'busy' ? 1 : 0 })),
    ),
  ];
}

function ownFamilies({ model, clients, memory_bytes }: MetricsSources): Family[] {
  const feeds = [...model.all('feed').values()];
  return [
    gauge(
      'draws_feed_up',
      'Whether the dashboard sees the changes of the database.',
      feeds.map(({ id, state }) => ({
        labels: { database: id },
        value: state === 'live' ? 1 : 0,
      })),
    ),
    gauge(
      'draws_feed_documents',
      'Documents that the dashboard keeps of the database.',
      feeds.map(({ id, documents }) => ({ labels: { database: id }, value: documents })),
    ),
    gauge('draws_dashboard_clients', 'Pages that are connected.', [{ value: clients }]),
    gauge('process_resident_memory_bytes', 'Memory of the dashboard.', [{ value: memory_bytes }]),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}
