#!/usr/bin/env node
// The `draws` program.

import { launch } from './launch.mjs';

// A password among the arguments is in lists of processes no longer than until here. By the
// environment it is never there.
const shown = process.argv.map((text) => text.replace(/\/\/[^/@\s]*@/g, '//'));
if (shown.some((text, n) => text !== process.argv[n])) process.title = shown.join(' ');

await launch('draws');
