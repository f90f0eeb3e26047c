#!/usr/bin/env node
// `npx draws-mockup`: the demonstration, and with the name of a command what `draws` does.

import { launch } from './launch.mjs';

const [, , first] = process.argv;
const isForDraws =
  first !== undefined &&
  (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first));
if (!isForDraws) process.argv.splice(2, 0, 'up');

await launch('draws');
