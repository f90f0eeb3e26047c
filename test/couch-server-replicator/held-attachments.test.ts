import { expect, it } from 'vitest';
import { eventually } from './client.ts';
import { startSites } from './sites.ts';

const MIB = 1024 * 1024;

it('lets go of the large attachments that it has carried', async () => {
  const [site] = await startSites(1);
  const { ask } = site!;
  await ask('PUT', '/ngas');
  const data = Buffer.alloc(3 * MIB, 'product').toString('base64');
  await ask('PUT', '/ngas/big', { _attachments: { contents: { data } } });
  const job = { source: 'ngas', target: 'copy', create_target: true };
  expect((await ask('POST', '/_replicate', job)).body.history[0].docs_written).toBe(1);
  const { _rev } = (await ask('GET', '/copy/big')).body;
  const size = async () => (await ask('GET', '/copy')).body.sizes.active;
  expect(await size()).toBeGreaterThan(3 * MIB);
  await ask('DELETE', `/copy/big?rev=${_rev}`);
  expect((await ask('POST', '/copy/_compact', {})).status).toBe(202);
  await eventually(async () => (await size()) < MIB);
});
