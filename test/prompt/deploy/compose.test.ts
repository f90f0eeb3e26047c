// The Compose file of prompt processing is parsed, and every command, option, file and dependency in
// it is held against the programs.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { draws } from '../../../mockup/cli/draws.ts';
import { main } from '../../../mockup/cli/main.ts';
import { promptProto } from '../../../mockup/cli/prompt-proto.ts';
import { readSeedConfig } from '../../../mockup/prompt/databases/butler-registry.ts';
import { readDetectorTable } from '../../../mockup/prompt/fan-out/detector-table.ts';

interface Service {
  image: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: object;
}

const directory = join(import.meta.dirname, '../../../deploy/prompt');
const text = readFileSync(join(directory, 'docker-compose.yaml'), 'utf8');
const { services } = parse(text, { merge: true }) as { services: Record<string, Service> };
const ours = Object.entries(services).filter(([, { image }]) => image === 'draws-mockup');
const programs = { draws, 'prompt-proto': promptProto };

async function helpOf(program: keyof typeof programs, words: readonly string[]): Promise<string> {
  let help = '';
  const stream = {
    write: (written: string) => {
      help += written;
      return true;
    },
  };
  const options = { env: {}, stdout: stream, stderr: stream };
  expect(await main(programs[program], [...words, '--help'], options), help).toBe(0);
  return help;
}

describe('the Compose file of prompt processing', () => {
  it('has a service for each part', () => {
    const parts = ['pubsub', 'storage', 'apdb', 'butler-registry', 'service', 'tester'];
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining([...parts, 'couchdb', 'init', 'presence', 'fan-out', 'dashboard']),
    );
  });

  it.each(ours)('%s runs', async (_, { entrypoint = [], command = [], depends_on = {} }) => {
    const words = [...entrypoint, ...command].filter((word) => word !== 'node');
    const program = /(draws|prompt-proto)\.mjs$/.exec(words[0] ?? '')?.[1];
    expect(existsSync(join(directory, '../..', words[0] ?? ''))).toBe(true);
    const commands = words.slice(1, words[1] === 'butler' ? 3 : 2);
    const help = await helpOf(program as keyof typeof programs, commands);
    expect(help).toContain(`Usage: ${program} ${commands.join(' ')} `);
    for (const option of words.filter((word) => word.startsWith('--'))) {
      expect(help).toMatch(new RegExp(`(^| |,)${option}( |$|,)`, 'm'));
    }
    for (const [name, { condition }] of Object.entries(depends_on)) {
      expect(Object.keys(services)).toContain(name);
      if (condition === 'service_healthy') expect(services[name]).toHaveProperty('healthcheck');
    }
  });

  it('names in the environment of the service what the service reads', async () => {
    const help = await helpOf('prompt-proto', ['service']);
    const known = ['METADATA_SERVER_DETECTION', 'PGPASSWORD'];
    const named = Object.keys(services.service?.environment ?? {});
    expect(named.filter((name) => !known.includes(name) && !help.includes(name))).toEqual([]);
    for (const name of ['RUBIN_INSTRUMENT', 'PUBSUB_VERIFICATION_TOKEN', 'IMAGE_BUCKET']) {
      expect(named).toContain(name);
    }
  });

  it('shows no password to those who list processes, and no port to other hosts', () => {
    for (const { command = [], entrypoint = [], ports = [] } of Object.values(services)) {
      expect([...command, ...entrypoint].join(' ')).not.toMatch(/PASSWORD|TOKEN|:\/\/[^/ ]*@/);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('brings files that can be read', () => {
    const file = (name: string): string => readFileSync(join(directory, name), 'utf8');
    const seed = readSeedConfig(file('seedconfig.yaml'));
    expect(Object.keys(services)).toContain(new URL(seed.db).hostname);
    expect(readDetectorTable(file('detectors.yaml')).get('LSSTCam')).toHaveLength(189);
  });
});
