// This page's right to act on the line: the token of the address that the terminal shows is exchanged
// once and dropped from the address bar; what it was exchanged for stays with this tab.

import { signal } from '@preact/signals';
import type {
  Act,
  ActAnswer,
  ActRequest,
  SessionAnswer,
  SessionRequest,
} from '../../../protocol/control.ts';
import { post } from '../connection/api.ts';
import { goTo, replaceQuery, route } from '../navigation/route.ts';

interface Session {
  session: string;
  /** `ada@dashboard`. */
  by: string;
}

/** What the last act came to, for the person to see. */
interface Notice {
  text: string;
  isRefused: boolean;
}

const KEPT_AS = 'draws-control';
const SHOWN_MS = 8_000;

/** Undefined: this page can only look. */
export const session = signal<Session | undefined>(readKept());
export const notice = signal<Notice | undefined>(undefined);
/** While an act is under way. */
export const isActing = signal(false);
let hiding: ReturnType<typeof setTimeout> | undefined;

/** At the start of the page, and where the address has a new token. */
export async function takeTokenOfAddress(): Promise<void> {
  const { path, query } = route.peek();
  const token = query.get('token');
  if (path[0] !== 'control' || !token) return;
  const request: SessionRequest = { token, name: query.get('name') || 'operator' };
  replaceQuery({});
  try {
    const answer = await post<SessionAnswer>('api/control/session', request);
    keep({ session: answer.session, by: answer.by });
    tell(`You have the control, as ${answer.by}`, false);
  } catch (error) {
    // A tab that has it already came by the same address once more.
    if (!session.peek()) tell(wordsOf(error), true);
  }
  if (route.peek().path[0] !== 'control') goTo('#/control');
}

/** Does it, and says what came of it; false where it was refused. */
export async function perform(act: Act, started_ms: number): Promise<boolean> {
  const own = session.peek();
  if (!own || isActing.peek()) return false;
  isActing.value = true;
  const request: ActRequest = { id: crypto.randomUUID(), epoch: String(started_ms), act };
  try {
    const { text } = await post<ActAnswer>('api/control/acts', request, own.session);
    tell(text, false);
    return true;
  } catch (error) {
    if ((error as { status?: number }).status === 401) keep(undefined);
    tell(wordsOf(error), true);
    return false;
  } finally {
    isActing.value = false;
  }
}

export function giveUpControl(): void {
  keep(undefined);
}

function tell(text: string, isRefused: boolean): void {
  clearTimeout(hiding);
  notice.value = { text, isRefused };
  hiding = setTimeout(() => {
    notice.value = undefined;
  }, SHOWN_MS);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function keep(value: Session | undefined): void {
  session.value = value;
  try {
    if (value) sessionStorage.setItem(KEPT_AS, JSON.stringify(value));
    else sessionStorage.removeItem(KEPT_AS);
  } catch {
    // Without storage it is good until the page is loaded again.
  }
}

function readKept(): Session | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? 'null') as Partial<Session> | null;
    return typeof kept?.session === 'string' && typeof kept.by === 'string'
      ? { session: kept.session, by: kept.by }
      : undefined;
  } catch {
    return undefined;
  }
}
