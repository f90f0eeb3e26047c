#!/usr/bin/env node
// The `endmgr` program.

import { launch } from './launch.mjs';

await launch('endmgr');
