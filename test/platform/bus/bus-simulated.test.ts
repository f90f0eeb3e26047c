import { createSeededRandom } from '../../../mockup/platform/random/seeded-random.ts';
import { createVirtualClock } from '../../../mockup/simulator/clock/virtual-clock.ts';
import { createSimulatedServer } from '../../../mockup/simulator/store/simulated-server.ts';
import { busContract } from '../../contract/bus/bus-contract.ts';

busContract('the simulated database and a virtual clock', async () => {
  const clock = createVirtualClock();
  const server = createSimulatedServer({ clock });
  await server.create('msgq');
  return {
    messages: server.open('msgq'),
    clock,
    random: createSeededRandom('bus contract'),
    run: (work) => clock.complete(work),
    lease_ms: 300,
  };
});
