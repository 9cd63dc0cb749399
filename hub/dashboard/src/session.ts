// Who is signed in, and what that one may do: pages and buttons ask here, with the same actions that the hub checks.

import type { Me } from '@agentcom/schemas';
import type { Action } from '@agentcom/schemas/names';
import { computed, signal } from '@preact/signals';
import { call, whenSignedOut } from './api/client.js';
import { ApiError } from './api/problem.js';

/** `unknown` until the hub was asked; `unreachable` where it did not answer. */
export type SessionState = 'unknown' | 'unreachable' | 'out' | 'in';

export const me = signal<Me | undefined>(undefined);
export const sessionState = signal<SessionState>('unknown');

const actions = computed(() => new Set<string>(me.value?.actions ?? []));

/** Whether the caller may do it, however far; what may not be done is not shown. */
export function may(action: Action): boolean {
  return actions.value.has(action);
}

export function signedInAs(who: Me): void {
  me.value = who;
  sessionState.value = 'in';
  hasEnded = false;
}

/** Somebody was signed in on this very page: it says so where it asks for the password. */
export let hasEnded = false;

export async function loadSession(): Promise<void> {
  whenSignedOut(() => {
    hasEnded ||= sessionState.value === 'in';
    me.value = undefined;
    sessionState.value = 'out';
  });
  try {
    const [before, who] = [me.value, await call('me')];
    // Another tab has gone elsewhere: nothing that this one has seen belongs there.
    if (before !== undefined && (before.org !== who.org || before.caller !== who.caller)) {
      if (!isSwitching) location.reload();
      return;
    }
    signedInAs(who);
  } catch (error) {
    if (sessionState.value === 'out') return;
    const isOut = error instanceof ApiError && error.status === 401;
    // A page that is open stays open while its hub is away.
    if (sessionState.value === 'in' && !isOut) return;
    sessionState.value = isOut ? 'out' : 'unreachable';
  }
}

/** This tab leaves for another address: loaded again, it would stay at the one that it has. */
let isSwitching = false;

/** Everything that the page has seen of the organisation goes with it; `to` is the address for whoever the caller is there. */
export async function switchOrganisation(org: string, to: (who: Me) => string): Promise<void> {
  isSwitching = true;
  try {
    location.assign(to(await call('session.switch', { body: { org } })));
  } catch (error) {
    isSwitching = false;
    throw error;
  }
}

export interface Organisation {
  readonly org: string;
  readonly name: string;
  readonly isCurrent: boolean;
}

/** The name of the one that is shown, and all that the same person can go to. */
export function organisations(): { readonly current: string | undefined; readonly all: readonly Organisation[] } {
  const { org: here, orgs = [] } = me.value ?? {};
  const all = orgs.map(({ org, name = org }) => ({ org, name, isCurrent: org === here }));
  return { current: all.find(({ isCurrent }) => isCurrent)?.name ?? here, all };
}

export async function signOut(): Promise<void> {
  await call('session.end', { path: { id: 'current' } });
  location.assign('/sign-in');
}
