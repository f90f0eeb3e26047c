// The program of the programs contract as a real process.

import { writeFileSync } from 'node:fs';

const [command, ...args] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);
const keepRunning = () => setInterval(() => {}, 60_000);

switch (command) {
  case 'exit':
    process.exitCode = Number(args[0]);
    break;
  case 'print':
    for (const line of args) print(line);
    break;
  case 'show-arguments':
    for (const argument of args) print(JSON.stringify(argument));
    break;
  case 'show-env':
    print(process.env[args[0] ?? ''] ?? '');
    break;
  case 'make-file':
    writeFileSync(args[0] ?? '', '');
    break;
  case 'wait':
    process.on('SIGTERM', () => process.exit(3));
    keepRunning();
    print('ready');
    break;
  case 'hang':
    process.on('SIGTERM', () => {});
    keepRunning();
    print('ready');
    break;
  case 'kill-self':
    process.kill(process.pid, 'SIGKILL');
    break;
  default:
    print(`unknown command ${command}`);
    process.exitCode = 1;
}
