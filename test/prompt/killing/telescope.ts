// Announces visits and uploads their images again and again until each was answered, whoever is dead
// meanwhile: what the telescope's side promises.

import type { Visit } from '../../../mockup/core/prompt/visit.ts';
import { imageOf } from '../../../mockup/prompt/tester/night.ts';

const TOPIC = 'projects/prompt-proto/topics/nextVisit';
const RETRY_MS = 200;

export function createTelescope(env: Record<string, string>, signal: AbortSignal) {
  const pubsub = `http://${env.PUBSUB_EMULATOR_HOST}/v1`;
  const until = async (url: string, init: RequestInit): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      try {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(20_000)]);
        const answer = await fetch(url, { ...init, method: 'POST', signal: limit });
        await answer.arrayBuffer();
        if (answer.ok) return;
        if (answer.status < 500) throw new Error(`${url}: ${answer.status}`);
      } catch (error) {
        if (/: 4\d\d$/.test((error as Error).message)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  return {
    announce: (visits: readonly Visit[]): Promise<void> => {
      const messages = visits.map((visit) => ({
        data: Buffer.from(JSON.stringify(visit)).toString('base64'),
        attributes: { instrument: visit.instrument },
      }));
      return until(`${pubsub}/${TOPIC}:publish`, { body: JSON.stringify({ messages }) });
    },
    upload: (visit: Visit, snap: number): Promise<void> => {
      const name = encodeURIComponent(imageOf(visit, snap));
      const path = `/upload/storage/v1/b/${env.IMAGE_BUCKET}/o?uploadType=media&name=${name}`;
      return until(`${env.STORAGE_EMULATOR_HOST}${path}`, { body: 'Test' });
    },
  };
}
