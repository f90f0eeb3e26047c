import { ReplicationError } from '../replication-error.ts';
import { isObject } from './endpoint.ts';

/** The error for an answer from 300 on, in CouchDB's words for a replication. */
export function refusal(label: string, answer: { status: number; body: unknown }) {
  const { status } = answer;
  const { error, reason } = isObject(answer.body) ? answer.body : {};
  if (status === 401) {
    return new ReplicationError('unauthorized', `${label}: ${reason ?? 'not authorized'}`, {
      status,
    });
  }
  if (status === 404) {
    return new ReplicationError('db_not_found', `could not open ${label}`, { status });
  }
  const word = typeof error === 'string' ? error : `http_${status}`;
  const why = typeof reason === 'string' ? reason : `answered ${status}`;
  return new ReplicationError(word, `${label}: ${why}`, { status });
}
