#!/usr/bin/env node
// The `hdfmgr` program.

import { launch } from './launch.mjs';

// For `ps` and `killall`.
process.title = 'hdfmgr';

await launch('hdfmgr');
