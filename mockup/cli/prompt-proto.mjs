#!/usr/bin/env node
// The `prompt-proto` program.

import { launch } from './launch.mjs';

await launch('prompt-proto');
