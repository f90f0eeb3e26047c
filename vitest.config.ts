import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    globalSetup: ['test/compiled-programs.ts'],
    pool: 'forks',
    // More than the cores of a small machine: many tests wait for programs, leases, retries.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    dangerouslyIgnoreUnhandledErrors: false,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
});
