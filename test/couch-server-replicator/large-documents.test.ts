import { describe, expect, it } from 'vitest';
import { eventually } from './client.ts';
import { type Site, startSites, withUser } from './sites.ts';

// Documents of 4 MB, and others with attachments of 250 kB. With DRAWS_LONG=1 they are more than may
// be held at a time.

const isLong = process.env.DRAWS_LONG === '1';
const large = isLong ? 24 : 2;
const attached = isLong ? 300 : 10;

describe.each([
  ['pull', 1],
  ['push', 0],
] as const)('a %s', (_, where) => {
  it('carries large documents', { timeout: 120_000 }, async () => {
    const sites = await startSites(2);
    const [jao, eu] = sites as [Site, Site];
    for (const site of sites) await site.ask('PUT', '/ngas');
    const text = 'x'.repeat(4_000_000);
    for (let n = 0; n < large; n++) await jao.ask('PUT', `/ngas/large${n}`, { text });
    const data = Buffer.alloc(250_000, 'y').toString('base64');
    const _attachments = { contents: { content_type: 'image/fits', data } };
    for (let n = 0; n < attached; n += 10) {
      const docs = Array.from({ length: 10 }, (_, i) => ({ _id: `a${n + i}`, _attachments }));
      await jao.ask('POST', '/ngas/_bulk_docs', { docs });
    }
    const host = sites[where] as Site;
    const ends = { source: `${withUser(jao)}/ngas`, target: `${withUser(eu)}/ngas` };
    await host.ask('PUT', '/_replicator/job', { ...ends, continuous: true });
    await eventually(
      async () => (await eu.ask('GET', '/ngas')).body.doc_count === large + attached,
    );
    expect((await eu.ask('GET', `/ngas/large${large - 1}`)).body.text === text).toBe(true);
    const { body } = await eu.ask('GET', `/ngas/a${attached - 1}?attachments=true`);
    expect(body._attachments.contents.data === data).toBe(true);
  });
});
