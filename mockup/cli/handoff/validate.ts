// `hdfmgr validate`: checks a configuration; one line per problem.

import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { readConfigured } from './configured.ts';

export function define(command: Command, context: CommandContext): void {
  command.argument('<config>', 'YAML file').action((path: string) => {
    const { configuration, buffer, holding } = readConfigured(path);
    for (const remark of configuration.remarks) context.warn(`hdfmgr: ${remark}`);
    const { commands, endpoint } = configuration;
    const many = commands.bulk && endpoint.bulk === 'auto';
    context.print(`${path}: good`);
    context.print(`  from ${buffer} to ${endpoint.buffer}, then to ${holding}`);
    context.print(`  transfer: ${endpoint.commands.transfer}`);
    if (many) context.print('  many files at once by rsync, where both sides have it');
  });
}
