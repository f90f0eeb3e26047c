// Bad links: what is complete when one is cut arrives, and a large file goes on where it was.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkShipped, readTree, type Tree } from './checker.ts';
import { type Sshd, startSshd } from './sshd.ts';
import { add } from './trees.ts';
import { createWorld, until, type World } from './world.ts';

// Whole processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let world: World;
let sshd: Sshd;
let link: Awaited<ReturnType<typeof badLink>> | undefined;

beforeEach(async () => {
  world = await createWorld();
  sshd = await startSshd(join(world.directory, 'ssh'));
});

afterEach(async () => {
  await link?.close();
  link = undefined;
  await sshd.stop();
  await world.close();
});

interface Faults {
  /** What it passes on, each way. */
  bytes_per_s?: number;
  /** A connection is cut when it has carried so much. */
  cut_bytes?: number;
}

/** A way to that port with faults of a network. */
async function badLink(target: number, { bytes_per_s, cut_bytes }: Faults) {
  const sockets = new Set<Socket>();
  let cuts = 0;
  let left_bytes = cut_bytes ?? Number.POSITIVE_INFINITY;
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => {
      left_bytes -= chunk.length;
      if (left_bytes < 0) {
        cuts++;
        left_bytes = cut_bytes ?? Number.POSITIVE_INFINITY;
        cut();
        return;
      }
      const goesOn = to.write(chunk);
      if (bytes_per_s === undefined && goesOn) return;
      from.pause();
      if (bytes_per_s === undefined) to.once('drain', () => from.resume());
      else setTimeout(() => from.resume(), (chunk.length / bytes_per_s) * 1000);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => sockets.delete(from));
    sockets.add(from);
  };
  const server: Server = createServer((client) => {
    const remote = connect({ port: target, host: '127.0.0.1' });
    pass(client, remote);
    pass(remote, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    /** How often it was cut. */
    cuts: () => cuts,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function through(port: number, general: Record<string, unknown> = {}): void {
  world.configure({
    remote: 'ssh -F {ssh_config} -p {port} {host} "{command}"',
    transfer: 'rsync -a -e "ssh -F {ssh_config} -p {port}" {file} {host}:{dest}/',
    endpoint: { host: 'endpoint', ssh_config: sshd.clientConfiguration, port },
    general,
  });
}

describe('a link', () => {
  it('that is too slow for one file delivers the others, and that file piece by piece', async () => {
    link = await badLink(sshd.port, { bytes_per_s: 400_000 });
    through(link.port, { timeout: 8 });
    const sources: Tree = new Map();
    // By name the large one goes first.
    add(world.buffer, sources, 'a-large.fits', Buffer.alloc(6 * 2 ** 20, 'large'));
    for (let index = 0; index < 10; index++) {
      add(world.buffer, sources, `small${index}.fits`, `content ${index}`);
    }
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === 11, 120_000);
    manager.child.kill('SIGTERM');
    expect(await manager.ended, manager.output()).toBe(0);
    await checkShipped(world, sources);
  }, 200_000);
});

describe.each([
  ['rsync', 'rsync -a -e "ssh -F {ssh_config} -p {port}" {file} {host}:{dest}/', {}],
  ['scp', 'scp -F {ssh_config} -P {port} -Bpq {file} {host}:{dest}', { bulk: 'template' }],
])('a link that is cut again and again, %s', (program, transfer, more) => {
  it('delivers what is complete, and with rsync a large file piece by piece', async () => {
    // The login takes some thousand of them.
    link = await badLink(sshd.port, { cut_bytes: 500_000 });
    world.configure({
      remote: 'ssh -F {ssh_config} -p {port} {host} "{command}"',
      transfer,
      endpoint: {
        ...{ host: 'endpoint', ssh_config: sshd.clientConfiguration, port: link.port },
        ...more,
      },
    });
    const sources: Tree = new Map();
    if (program === 'rsync') {
      add(world.buffer, sources, 'a-large.fits', randomBytes(2 ** 20 + 7));
    }
    for (let index = 0; index < 20; index++) {
      add(world.buffer, sources, `n${index % 3}/small${index}.fits`, randomBytes(60_000));
    }
    const manager = world.run();
    await until(manager.output, () => readTree(world.holding).size === sources.size, 120_000);
    manager.child.kill('SIGTERM');
    expect(await manager.ended, manager.output()).toBe(0);
    await world.runUntilEmpty();
    await checkShipped(world, sources);
    expect(link.cuts()).toBeGreaterThan(1);
  }, 200_000);
});

describe('an endpoint that can not be used', () => {
  it('says that its account may not log in', async () => {
    world.configure({
      remote: '/usr/sbin/nologin -c "{command}"',
      transfer: 'cp -p {file} {dest}',
    });
    add(world.buffer, new Map(), 'a', 'a');
    const manager = world.run();
    await manager.said(/may not log in/);
    manager.child.kill('SIGTERM');
    await manager.ended;
  });
});

describe('the process', () => {
  it('is called hdfmgr, for whoever looks for it by name', async () => {
    const manager = world.run();
    await manager.said(/buffer scanned/);
    const ps = spawn('ps', ['-o', 'comm=', '-p', String(manager.child.pid)]);
    let name = '';
    ps.stdout.on('data', (text) => {
      name += text;
    });
    await once(ps, 'close');
    expect(name.trim()).toBe('hdfmgr');
    manager.child.kill('SIGTERM');
    expect(await manager.ended).toBe(0);
  });
});
