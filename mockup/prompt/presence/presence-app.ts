// The presence service itself: GET /presence/{instrument}/{group}/{snap}/{detector}.

import express from 'express';
import { describeError } from '../../core/errors.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Bucket } from '../cloud/cloud-clients.ts';

export interface PresenceOptions {
  log: Logger;
  bucket: Pick<Bucket, 'list'>;
  bucketName: string;
}

const WORD = /^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;
const NUMBER = /^\d{1,5}$/;

export function createPresenceApp(options: PresenceOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/presence/:instrument/:group/:snap/:detector', async (request, response) => {
    const { instrument, group, snap, detector } = request.params;
    const isGood =
      [instrument, group].every((text) => WORD.test(text)) &&
      [snap, detector].every((text) => NUMBER.test(text));
    const refuse = (status: number, message: string): void => {
      response.status(status).json({ error: true, present: false, uri: null, message });
    };
    if (!isGood) return refuse(400, 'an instrument, a group, a snap and a detector are needed');
    try {
      const prefix = `${instrument}/${Number(detector)}/${group}/${Number(snap)}/`;
      const [found] = await options.bucket.list(prefix);
      const uri = found ? `gs://${options.bucketName}/${found.object}` : null;
      const message = found ? 'present' : 'not there (yet)';
      response.json({ error: false, present: found !== undefined, uri, message });
    } catch (error) {
      options.log.error({ reason: describeError(error) }, 'could not look into the bucket');
      refuse(502, 'the bucket does not answer');
    }
  });
  app.get('/healthz', (_request, response) => {
    response.type('text').send('ok');
  });
  return app;
}
