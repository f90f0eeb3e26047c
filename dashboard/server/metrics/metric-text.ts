// The text format of Prometheus, by `prom-client`: the figures are those of the moment, so that
// each answer has a registry of its own.

import { Counter, Gauge, type Histogram, Registry } from 'prom-client';

export interface Sample {
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export interface Family {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples: readonly Sample[];
}

/** `histograms` are kept by who observes. */
export function metricText(
  families: readonly Family[],
  histograms: readonly Histogram[],
): Promise<string> {
  const registry = new Registry();
  for (const family of families) addFamily(registry, family);
  for (const histogram of histograms) registry.registerMetric(histogram);
  return registry.metrics();
}

function addFamily(registry: Registry, { name, type, help, samples }: Family): void {
  const labelNames = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels ?? {})))];
  const configuration = { name, help, labelNames, registers: [registry] };
  const metric = type === 'gauge' ? new Gauge(configuration) : new Counter(configuration);
  for (const { labels = {}, value } of samples) metric.inc(labels, value);
}
