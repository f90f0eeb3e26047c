import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CouchServer, startCouchServer } from '../../mockup/couch-server/server.ts';

// What CouchDB 3.5.0 answered, request by request, must be what this server answers. Optional
// scenarios that run JavaScript inside the database are the only ones left out.

interface Scenario {
  readonly name: string;
  readonly optional: boolean;
}

interface StepResult {
  readonly step: { readonly name: string };
  readonly differences: string[];
}

interface Replay {
  makeClient(options: { base: string; peer?: string; admin: string }): {
    agent: { destroy(): void };
  };
  runScenario(scenario: Scenario, client: object): Promise<StepResult[]>;
}

const directory = new URL('../fixtures/couchdb-transcripts/', import.meta.url);
const replay = (await import(new URL('replay.mjs', directory).href)) as Replay;

const NEEDS_JAVASCRIPT = new Set([
  'view-map-reduce',
  'validate-doc-update',
  'changes-javascript-filter',
]);

const scenarios = readdirSync(directory)
  .filter((file) => file.endsWith('.json'))
  .flatMap((file) => {
    const text = readFileSync(new URL(file, directory), 'utf8');
    return (JSON.parse(text) as { scenarios: Scenario[] }).scenarios;
  })
  .filter(({ name }) => !NEEDS_JAVASCRIPT.has(name));

let server: CouchServer;
let peer: CouchServer;

beforeAll(async () => {
  const admins = { admin: 'admin' };
  server = await startCouchServer({ admins });
  peer = await startCouchServer({ admins });
});

afterAll(async () => {
  await Promise.all([server?.close(), peer?.close()]);
});

describe('recorded from CouchDB 3.5.0', () => {
  it('covers all but what needs JavaScript in the database', () => {
    expect(scenarios.length).toBeGreaterThan(35);
  });

  it.concurrent.each(scenarios)('$name', { timeout: 60_000 }, async (scenario) => {
    const client = replay.makeClient({ base: server.url, peer: peer.url, admin: 'admin:admin' });
    try {
      const results = await replay.runScenario(scenario, client);
      const differences = results.flatMap(({ step, differences: found }) =>
        found.map((difference) => `${step.name}: ${difference}`),
      );
      expect(differences).toEqual([]);
      expect(results.length).toBeGreaterThan(0);
    } finally {
      client.agent.destroy();
    }
  });
});
