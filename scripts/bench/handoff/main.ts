// The handoff manager beside `rsync -a`, `scp -r`, and where they are there rclone (sftp) and lsyncd,
// over the same sshd on loopback, in one run and taking turns. HANDOFF_BENCH_ROUNDS (default 3) and
// HANDOFF_BENCH_WORKLOADS (`large,medium,small`) make it shorter; HANDOFF_BENCH_OTHER is any other
// command that copies `{source}` to `{dest}` on the ssh host `endpoint` of the configuration
// `{ssh_config}`.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startSshd } from '../../../test/dbb/handoff/sshd.ts';
import type { Figure } from '../figure.ts';
import { startServer } from '../server-process.ts';
import { median } from '../statistics.ts';
import { type Contender, commandContender, managerContender, type Site } from './contenders.ts';
import { hasLsyncd, lsyncdContender } from './lsyncd.ts';
import { measureOneFile } from './one-file.ts';
import { measureScan } from './scan.ts';
import { selectWorkloads, type Workload, writeWorkload } from './workloads.ts';

const RSYNC = 'rsync -a -e "ssh -F {ssh_config}" {file} {host}:{dest}/';
const RCLONE = '/usr/bin/rclone';
const SCP = 'scp -F {ssh_config} -Bpq {file} {host}:{dest}';

export async function benchHandoff(couchdb: string | undefined): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), 'hdfmgr-bench-'));
  const sshd = await startSshd(join(directory, 'ssh'));
  const server = await startServer(couchdb);
  try {
    const site = {
      ...{ directory, sshConfiguration: sshd.clientConfiguration, couchUrl: server.url },
      sshPort: sshd.port,
    };
    const ssh = `ssh -F ${site.sshConfiguration}`;
    const contenders: Contender[] = [
      commandContender('rsync -a', ['rsync', '-a', '-e', ssh, '{source}/', 'endpoint:{dest}/']),
      commandContender('scp -r', [
        ...['scp', '-F', site.sshConfiguration, '-rpq'],
        ...['{source}', 'endpoint:{dest}'],
      ]),
      ...(existsSync(RCLONE) ? [rcloneContender(site)] : []),
      ...(hasLsyncd ? [lsyncdContender(site)] : []),
      managerContender('hdfmgr, rsync template', RSYNC, site),
      managerContender('hdfmgr, scp template (the default)', SCP, site),
    ];
    const other = process.env.HANDOFF_BENCH_OTHER;
    if (other) {
      const filled = other.replaceAll('{ssh_config}', site.sshConfiguration);
      contenders.push(commandContender('the other command', filled.split(/\s+/)));
    }
    const figures: Figure[] = [];
    for (const workload of selectWorkloads(process.env.HANDOFF_BENCH_WORKLOADS)) {
      figures.push(...(await compare(workload, contenders, directory)));
    }
    figures.push(...(await measureOneFile(site, RSYNC)));
    figures.push(...(await measureScan(directory, server.url)));
    return figures;
  } finally {
    await server.close();
    await sshd.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** It knows no ssh configuration: host, port, user and key are told. */
function rcloneContender({ directory, sshPort }: Site): Contender {
  const { username } = userInfo();
  const sftp = ['--sftp-host', '127.0.0.1', '--sftp-port', String(sshPort)];
  const login = ['--sftp-user', username, '--sftp-key-file', join(directory, 'ssh/key')];
  const command = [RCLONE, '--config', '/dev/null', 'copy', ...sftp, ...login];
  return commandContender('rclone (sftp)', [...command, '{source}', ':sftp:{dest}']);
}

async function compare(
  workload: Workload,
  contenders: readonly Contender[],
  directory: string,
): Promise<Figure[]> {
  const rounds = Number(process.env.HANDOFF_BENCH_ROUNDS ?? 3);
  const seconds = new Map<Contender, number[]>(contenders.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const source = join(directory, 'source');
      const destination = join(directory, 'destination');
      writeWorkload(workload, source);
      seconds.get(contender)?.push(await contender.ship(source, destination, workload));
      for (const used of [source, destination]) rmSync(used, { recursive: true, force: true });
    }
  }
  const middle = (contender: Contender): number => median(seconds.get(contender) ?? []);
  const [rsync] = contenders;
  const reference_s = rsync ? middle(rsync) : Number.NaN;
  return contenders.flatMap((contender) => {
    const elapsed_s = middle(contender);
    const spread = (seconds.get(contender) ?? []).map((value) => value.toFixed(2)).join(' ');
    const what = `${workload.name}: ${contender.name}`;
    const rate: Figure =
      workload.measure === 'MB/s'
        ? {
            what,
            value: (workload.files * (workload.size_bytes / 2 ** 20)) / elapsed_s,
            unit: 'MB/s',
          }
        : { what, value: workload.files / elapsed_s, unit: 'files/s' };
    const figures: Figure[] = [{ ...rate, note: `${spread} s` }];
    if (contender.isManager) {
      const ratio: Figure = {
        what: `${what}, of rsync`,
        value: reference_s / elapsed_s,
        unit: '×',
        ...(workload.aim && { aim: { value: workload.aim, is: 'at least' } }),
      };
      figures.push(ratio);
    }
    return figures;
  });
}
