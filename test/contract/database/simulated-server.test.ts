// The in-memory adapter keeps the contract of the database port.

import { createSystemClock } from '../../../mockup/platform/clock/system-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';
import { databaseContract } from './database-contract.ts';

databaseContract('the in-memory store', async () => ({
  server: createSimulatedServer({ clock: createSystemClock() }),
}));
