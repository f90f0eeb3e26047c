// The agent of one host: it runs inside the host's namespaces, makes them look like a host of its
// own, and starts, watches and stops the processes there. When the script that started it is gone,
// however that happened, it ends all of them and removes what the hosts had; its own end takes the
// namespaces with it.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SupervisedProcess } from '../../mockup/cli/up/supervised-process.ts';
import type {
  FromHost,
  HostIdentity,
  HostRequest,
  RunResult,
  StartProcess,
  ToHost,
} from './host-messages.ts';

const STOP_LIMIT_MS = 2_500;
const LOOK_INTERVAL_MS = 25;
const OUTPUT_MAX = 1_000_000;
const REMOVE_ATTEMPTS = 40;

const processes = new Map<string, SupervisedProcess>();
let everything: string | undefined;

process.on('message', ({ id, request }: ToHost) => {
  answer(request).then(
    (value) => tell({ id, ok: true, value }),
    (error: Error) => tell({ id, ok: false, error: error.message }),
  );
});
// The script stops this process by ending the channel; whoever else does must end all as well.
process.once('disconnect', () => void end());
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => void end());

function tell(message: FromHost): void {
  if (process.connected) process.send?.(message, () => {});
}

/** Actors first: they still write to the server while they stop. */
async function stopAll(): Promise<void> {
  const isServer = ({ spec }: SupervisedProcess) => /-(couchdb|sshd)$/.test(spec.name);
  const all = [...processes.values()];
  // A frozen one would not hear that it is to stop.
  for (const { spec } of all) signal(spec.name, 'SIGCONT');
  await Promise.all(all.filter((one) => !isServer(one)).map((one) => one.stop(STOP_LIMIT_MS)));
  await Promise.all(all.filter(isServer).map((one) => one.stop(STOP_LIMIT_MS)));
}

async function end(): Promise<void> {
  await stopAll().catch((error) => process.stderr.write(`${error}\n`));
  if (everything !== undefined) await removeAll(everything);
  process.exit(0);
}

/** What is mounted in it can't be removed, and both hosts remove it at the same time. */
async function removeAll(directory: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const points = mounts.map((line) =>
    (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  );
  const inside = points.filter((point) => point.startsWith(`${directory}/`));
  for (const point of inside) await run(['umount', '--lazy', point], {}).catch(() => {});
  for (let attempt = 0; attempt < REMOVE_ATTEMPTS && existsSync(directory); attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch (error) {
      process.stderr.write(`${error}\n`);
    }
  }
}

async function answer(request: HostRequest): Promise<unknown> {
  switch (request.do) {
    case 'set-up':
      return setUp(request.identity);
    case 'connect':
      return bringUp(request.link, request.address);
    case 'run':
      return run(request.argv, request.env);
    case 'start':
      return start(request.process);
    case 'stop':
      return stop(request.name);
    case 'leave':
      return stopAll();
    case 'signal':
      return signal(request.name, request.signal);
    case 'signal-programs':
      return signalPrograms(request.program, request.signal, request.wait_ms);
    case 'relay':
      return relay(request.socket, request.host, request.port);
  }
}

/** Name, `/etc/hosts`, `/etc/ssh`, `/run` and `~/.ssh` of its own, seen by this host alone. */
async function setUp(identity: HostIdentity): Promise<void> {
  everything = identity.everything;
  const { directory } = identity;
  await must('hostname', identity.name);
  await must('mount', '--bind', join(directory, 'etc/hosts'), '/etc/hosts');
  await must('mount', '--bind', join(directory, 'etc/ssh'), '/etc/ssh');
  await must('mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run');
  mkdirSync('/run/sshd', { mode: 0o755 });
  const keys = join(homedir(), '.ssh');
  if (existsSync(keys)) await must('mount', '-t', 'tmpfs', '-o', 'mode=700', 'tmpfs', keys);
  // A login by ssh runs it; what a person keeps there can take its time.
  const startUp = join(homedir(), '.bashrc');
  if (existsSync(startUp)) await must('mount', '--bind', '/dev/null', startUp);
  await must('ip', 'link', 'set', 'lo', 'up');
}

async function bringUp(link: string, address: string): Promise<void> {
  await must('ip', 'addr', 'add', `${address}/24`, 'dev', link);
  await must('ip', 'link', 'set', link, 'up');
}

async function must(...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await run(argv, {});
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr.trim()}`);
}

function run(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<RunResult> {
  const [file = '', ...args] = argv;
  const options = { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] as const };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: [...options.stdio] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        if (output[name].length < OUTPUT_MAX) output[name] += chunk.toString();
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
}

async function start(given: StartProcess): Promise<unknown> {
  const [file = '', ...args] = given.argv;
  const spec = {
    name: given.name,
    file,
    args,
    env: { ...process.env, ...given.env },
    logFile: given.logFile,
  };
  const started = new SupervisedProcess(spec, (event) => tell({ event }));
  processes.set(given.name, started);
  return given.ready ? started.firstMessage() : undefined;
}

async function stop(name: string): Promise<void> {
  const found = processes.get(name);
  processes.delete(name);
  await found?.stop(STOP_LIMIT_MS);
}

/** False where it does not run just now. */
function signal(name: string, how: NodeJS.Signals): boolean {
  const pid = processes.get(name)?.pid;
  return pid !== undefined && kill(pid, how);
}

/** False where it has ended meanwhile. */
function kill(pid: number, how: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, how);
  } catch {
    return false;
  }
}

/** Every process of this host that runs the program; gives how many. */
async function signalPrograms(
  program: string,
  how: NodeJS.Signals,
  wait_ms: number,
): Promise<number> {
  const end_ms = performance.now() + wait_ms;
  for (;;) {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const running = pids.map(Number).filter((pid) => commandOf(pid) === program);
    const found = running.filter((pid) => kill(pid, how));
    if (found.length > 0 || performance.now() > end_ms) return found.length;
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Lets the script reach a port of this host whatever the cable does: by a socket in a file. */
async function relay(socket: string, host: string, port: number): Promise<void> {
  const server = createServer((client) => {
    const target = connect(port, host);
    for (const [one, other] of [
      [client, target],
      [target, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.once('close', () => other.destroy());
    }
    client.pipe(target);
    target.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}
