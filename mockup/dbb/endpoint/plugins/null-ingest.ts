// NullIngest: does nothing, and does it well. For tests, and for records without a system behind.

import type { CreatePlugin } from './plugin.ts';

export const createNullIngest: CreatePlugin = () => ({
  version: '',
  ingest: () => undefined,
  ingestMany: () => undefined,
});
