// A configuration as it may be logged.

import { redactUrlsIn } from '../../platform/text/redact-url.ts';

/** Without passwords in addresses, and without what plugins log in with. */
export function withoutSecrets(configuration: unknown): unknown {
  const text = JSON.stringify(configuration, (key, value) => {
    if (/token$|password|secret/i.test(key) && typeof value === 'string') return '***';
    return typeof value === 'string' ? redactUrlsIn(value) : value;
  });
  return JSON.parse(text);
}
