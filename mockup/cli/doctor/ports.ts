// Are the ports of cache and dashboard free, or in the hands of those that they are for?

import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { type Finding, problem, well } from './finding.ts';
import type { Patient } from './patient.ts';

export async function examinePorts(patient: Patient): Promise<Finding[]> {
  const { ports } = patient;
  return Promise.all([
    examinePort(
      patient,
      ports.cache,
      'replicated-cache',
      '--cache-port N, as replicated-cache -p',
    ),
    examinePort(patient, ports.dashboard, 'dashboard', '--dashboard-port N, as dashboard --port'),
  ]);
}

async function examinePort(
  { actors, here }: Patient,
  port: number,
  actor: string,
  option: string,
): Promise<Finding> {
  if (await isFree(port)) return well('ports', `${port} is free for ${actor}`);
  const runs = actors.some(
    ({ name, site, state, host }) =>
      name === actor && site === here.executive && host === hostname() && state !== 'stopped',
  );
  if (runs) return well('ports', `${port} is in use, and ${actor} runs here`);
  if (actor === 'dashboard' && (await showsDashboard(port))) {
    return well('ports', `${port} shows the dashboard`);
  }
  const what = `${port} is in use, and no ${actor} of ${here.executive} runs on this host`;
  return problem('ports', what, `stop the program that has it, or take another (${option})`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function showsDashboard(port: number): Promise<boolean> {
  const options = { signal: AbortSignal.timeout(2_000) };
  const page = await fetch(`http://127.0.0.1:${port}/`, options).then(
    (response) => response.text(),
    () => '',
  );
  return /DRAWS/i.test(page);
}
