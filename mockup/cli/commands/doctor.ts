// `draws doctor`: what to look at when it does not work.

import type { Command } from 'commander';
import { type CommandContext, examples } from '../command.ts';
import { requireInteger } from '../environment.ts';
import { addSiteOptions, type SiteOptions } from '../site/replicated-sites.ts';
import { textTable } from '../terminal/text-table.ts';

interface Options extends SiteOptions {
  cachePort?: string;
  dashboardPort?: string;
  json?: boolean;
}

const PORT_MAX = 65_535;

export function define(command: Command, context: CommandContext): void {
  addSiteOptions(command)
    .option(
      '--cache-port <port>',
      'of replicated-cache on this host (default: that of the line, else 8000)',
    )
    .option(
      '--dashboard-port <port>',
      'of the dashboard on this host (default: that of the line, else 5000)',
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `${examples('draws doctor', 'DRAWS_EU_COUCHDB=http://me:secret@arc-host:5984 draws doctor')}

Databases, replication, ssh, rsync, cache directories, clocks, ports and versions: one line each,
OK or what to do. The exit code is 1 where anything is wrong. Other sites are known from the
replications that are set up, or from --jao and --arc.`,
    )
    .action(async (options: Options) => {
      const { cachePort, dashboardPort } = options;
      const ports = {
        cache: cachePort && requireInteger(cachePort, '--cache-port', 1, PORT_MAX),
        dashboard: dashboardPort && requireInteger(dashboardPort, '--dashboard-port', 1, PORT_MAX),
      };
      const { examine } = await import('../doctor/doctor.ts');
      const findings = await examine({ ...options, ports }, context.env);
      const problems = findings.filter(({ ok }) => !ok).length;
      context.exitWith(problems > 0 ? 1 : 0);
      if (options.json) return context.print(JSON.stringify(findings, null, 2));
      const rows = findings.map(({ ok, area, what, advice }) => [
        ok ? 'OK' : 'PROBLEM',
        area,
        advice === undefined ? what : `${what} → ${advice}`,
      ]);
      for (const line of textTable(rows)) context.print(line);
      context.print(
        problems === 0 ? 'all is well' : problems === 1 ? '1 problem' : `${problems} problems`,
      );
    });
}
