// The link machine: when to connect, when to speak, when to give up on a silent hub. Pure: state + event + now + random → state + actions.
//
//   start → connecting → greeting → online
//              ↑  └──────────┴────────┴── closed, refused, silent → waiting ── due → connecting
//              └───────────────────────────────────────────────────────┘
//   4003 (not allowed), a key in use on another machine, dismissal and stop lead to `stopped`, for good.
//
// The driver begins each action as it comes, feeds back what happens on the socket, and sends `due` once `dueAt` is reached. A
// socket that it was told to `drop` must not be heard of again.

import type { Backoff } from '@agentcom/schemas';
import { jitteredBackoffMs } from '@agentcom/schemas/backoff';
import { CLOSE_CODES, SUBPROTOCOL } from '@agentcom/schemas/limits';

export interface LinkState {
  readonly phase: 'waiting' | 'connecting' | 'greeting' | 'online' | 'stopped';
  /** Since when it is in this phase. */
  readonly since: number;
  /** When `due` has to come; Infinity for never. */
  readonly dueAt: number;
  /** Tries since the link last held. */
  readonly tries: number;
  /** When the hub last gave any sign of life. */
  readonly heardAt: number;
  readonly heartbeatAt: number;
  readonly heartbeatMs: number;
  /** How long the hub last asked this socket to wait; counts if it closes the socket next. */
  readonly retryAfterMs: number | undefined;
  /** Why the last try failed; '' once there is a link. */
  readonly lastWhy: string;
}

export type LinkEvent =
  | { readonly type: 'start' }
  | { readonly type: 'opened' }
  | { readonly type: 'welcomed'; readonly heartbeatMs: number }
  /** The hello was answered with an error. */
  | {
      readonly type: 'unwelcome';
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly retryAfterMs?: number;
    }
  /** An error that answers no request: of a frame without an id, or why the hub closes the socket next. */
  | { readonly type: 'refused'; readonly retryAfterMs?: number }
  /** The HTTP request for the socket was answered with another status than 101. */
  | { readonly type: 'turned_away'; readonly status: number; readonly retryAfterMs?: number; readonly code?: string }
  /** It was answered by something that is no hub. */
  | { readonly type: 'intercepted'; readonly answer: string }
  /** The hub does not speak our version of the protocol. */
  | { readonly type: 'foreign' }
  /** Any sign of life. */
  | { readonly type: 'heard' }
  /** The socket has ended; 1006 when it broke or never came to be. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }
  | { readonly type: 'dismissed'; readonly reason: string }
  /** The machine has slept: the other side may be gone without a word, and time has passed that was not counted. */
  | { readonly type: 'woke' }
  | { readonly type: 'due' }
  | { readonly type: 'stop' };

export type LinkAction =
  | { readonly do: 'connect' }
  | { readonly do: 'hello' }
  | { readonly do: 'heartbeat' }
  | { readonly do: 'ping' }
  | { readonly do: 'drop'; readonly reason: string }
  | { readonly do: 'say'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }
  /** Comes once; nothing happens afterwards. */
  | { readonly do: 'end'; readonly cause: EndCause };

export type EndCause = 'stopped' | 'not_allowed' | 'other_machine' | 'dismissed';

export interface LinkStep {
  readonly state: LinkState;
  readonly actions: readonly LinkAction[];
}

export const RECONNECT: Backoff = { baseMs: 500, capMs: 10_000 };
/** Where the hub names no wait: after having been replaced, closed for violations, or turned away for the key or the protocol's version. */
export const STAY_AWAY_MS = 60_000;
const STAY_AWAY_MS_MAX = 3_600_000;
/** For the socket to open, and again for the welcome. */
const ANSWER_MS = 15_000;
/** The hub pings every 20 s, so that a link that is silent for longer is none. */
export const SILENCE_MS = 45_000;
/** For any sign of life after the machine has slept. */
const WAKE_MS = 5_000;
/** A link that held for less is no success, so that a hub that accepts and closes at once is not stormed. */
const HELD_MS = 10_000;

const FOREIGN = `the hub does not support ${SUBPROTOCOL}; update the hub or this sidecar, whichever is older`;

export const LINK_BEGIN: LinkState = {
  phase: 'waiting',
  since: 0,
  dueAt: Number.POSITIVE_INFINITY,
  tries: 0,
  heardAt: 0,
  heartbeatAt: 0,
  heartbeatMs: 0,
  retryAfterMs: undefined,
  lastWhy: '',
};

/** `now` is monotonic, in ms; `random` is from [0, 1). What does not fit the phase changes nothing. */
export function linkStep(state: LinkState, event: LinkEvent, now: number, random: number): LinkStep {
  const { phase } = state;
  if (phase === 'stopped') return { state, actions: [] };
  const hasSocket = phase !== 'waiting';
  switch (event.type) {
    case 'stop':
      return stopped(state, 'stopped', hasSocket ? [{ do: 'drop', reason: 'the sidecar is stopping' }] : []);
    case 'start':
      return state.dueAt === Number.POSITIVE_INFINITY ? connect(state, now) : { state, actions: [] };
    case 'woke':
      return woke(state, now);
    case 'due':
      return now < state.dueAt ? { state, actions: [] } : due(state, now, random);
    default:
      return hasSocket ? onSocket(state, event, now, random) : { state, actions: [] };
  }
}

type SocketEvent = Exclude<LinkEvent, { type: 'stop' | 'start' | 'woke' | 'due' }>;

function onSocket(state: LinkState, event: SocketEvent, now: number, random: number): LinkStep {
  switch (event.type) {
    case 'opened':
      if (state.phase !== 'connecting') return { state, actions: [] };
      return { state: { ...state, phase: 'greeting', since: now, dueAt: now + ANSWER_MS }, actions: [{ do: 'hello' }] };
    case 'welcomed':
      return state.phase === 'greeting' ? online(state, event.heartbeatMs, now) : { state, actions: [] };
    case 'heard':
      return { state: { ...state, heardAt: now }, actions: [] };
    case 'refused':
      return { state: { ...state, retryAfterMs: event.retryAfterMs }, actions: [] };
    case 'unwelcome': {
      if (event.code === 'agent.other_machine') {
        const message = `${event.message}; this sidecar is stopping: give this machine its own agent, or stop the other one first`;
        return stopped(state, 'other_machine', [
          { do: 'drop', reason: event.code },
          { do: 'say', level: 'error', message },
        ]);
      }
      const why = `the hub refused the hello (${event.code})`;
      if (event.retryable)
        return away(state, { waitMs: event.retryAfterMs ?? 0, level: 'info', why, drop: true }, now, random);
      // The hub closes the socket next, and its code says what becomes of us.
      return { state, actions: [{ do: 'say', level: 'error', message: why }] };
    }
    case 'turned_away': {
      if (event.code === 'auth.invalid') return keyRefused(state, 'the hub does not know this key');
      const isFull = event.code === 'quota.exceeded';
      const isKey = !isFull && (event.status === 401 || event.status === 403);
      const why = isFull
        ? 'as many agents of this organisation are connected as may be; whoever runs the hub can raise quotas.connections'
        : `the hub ${isKey ? 'rejected the key' : 'answered'} (HTTP ${event.status})`;
      const waitMs = event.retryAfterMs ?? (isKey || isFull ? STAY_AWAY_MS : 0);
      return away(state, { waitMs, level: isKey || isFull ? 'error' : 'info', why }, now, random);
    }
    case 'intercepted': {
      const why = `something between this machine and the hub answered with ${event.answer}; check the network, any proxy, and the hub's address`;
      return away(state, { waitMs: 0, level: 'warn', why }, now, random);
    }
    case 'foreign':
      return away(state, { waitMs: STAY_AWAY_MS, level: 'error', why: FOREIGN }, now, random);
    case 'closed':
      return closed(state, event, now, random);
    case 'dismissed': {
      const message = `the hub removed this agent: ${event.reason}`;
      return stopped(state, 'dismissed', [
        { do: 'drop', reason: 'dismissed' },
        { do: 'say', level: 'error', message },
      ]);
    }
  }
}

function closed(
  state: LinkState,
  event: Extract<LinkEvent, { type: 'closed' }>,
  now: number,
  random: number,
): LinkStep {
  const asked = state.retryAfterMs ?? STAY_AWAY_MS;
  const why = `the connection was closed (${event.code}${event.reason === '' ? '' : `: ${event.reason}`})`;
  switch (event.code) {
    case CLOSE_CODES.notAllowed:
      return keyRefused(state, why);
    case CLOSE_CODES.replaced:
      return away(
        state,
        { waitMs: asked, level: 'error', why: `${why}; another sidecar uses this agent's key` },
        now,
        random,
      );
    case CLOSE_CODES.tooManyViolations:
      return away(state, { waitMs: asked, level: 'error', why }, now, random);
    default:
      return away(state, { waitMs: 0, level: state.phase === 'online' ? 'warn' : 'info', why }, now, random);
  }
}

/** By the hub itself, and not by something in between: no time mends that. */
function keyRefused(state: LinkState, why: string): LinkStep {
  const message = `${why}; the key is no longer valid: join again with a new invitation`;
  return stopped(state, 'not_allowed', [{ do: 'say', level: 'error', message }]);
}

interface Leave {
  /** At least so long; the backoff may be longer. */
  readonly waitMs: number;
  readonly level: 'info' | 'warn' | 'error';
  readonly why: string;
  /** Whether there is a socket left to drop. */
  readonly drop?: boolean;
}

function away(state: LinkState, leave: Leave, now: number, random: number): LinkStep {
  const held = state.phase === 'online' && now - state.since >= HELD_MS;
  const tries = held ? 0 : state.tries;
  const backoffMs = jitteredBackoffMs(RECONNECT, tries + 1, random);
  const waitMs = Math.min(Math.max(backoffMs, leave.waitMs), STAY_AWAY_MS_MAX);
  const message = `${leave.why}; reconnecting in ${(waitMs / 1000).toFixed(1)} s`;
  // Said once, however often it is met.
  const level = leave.why === state.lastWhy ? 'debug' : leave.level;
  const next = { ...state, phase: 'waiting' as const, since: now, dueAt: now + waitMs, lastWhy: leave.why };
  return {
    state: { ...next, tries: Math.min(tries + 1, 16) },
    actions: [...(leave.drop ? [{ do: 'drop', reason: leave.why } as const] : []), { do: 'say', level, message }],
  };
}

function due(state: LinkState, now: number, random: number): LinkStep {
  switch (state.phase) {
    case 'waiting':
      return connect(state, now);
    case 'connecting':
      return away(state, { waitMs: 0, level: 'info', why: 'the hub did not answer', drop: true }, now, random);
    case 'greeting':
      return away(
        state,
        { waitMs: 0, level: 'info', why: 'the hub did not answer the hello', drop: true },
        now,
        random,
      );
    default: {
      if (now - state.heardAt >= SILENCE_MS) {
        return away(state, { waitMs: 0, level: 'warn', why: 'the hub stopped responding', drop: true }, now, random);
      }
      const isTime = now >= state.heartbeatAt;
      const heartbeatAt = isTime ? now + state.heartbeatMs : state.heartbeatAt;
      return { state: awake({ ...state, heartbeatAt }), actions: isTime ? [{ do: 'heartbeat' }] : [] };
    }
  }
}

function woke(state: LinkState, now: number): LinkStep {
  switch (state.phase) {
    case 'waiting':
      return state.dueAt === Number.POSITIVE_INFINITY ? { state, actions: [] } : connect(state, now);
    case 'online':
      return { state: awake({ ...state, heardAt: now - SILENCE_MS + WAKE_MS }), actions: [{ do: 'ping' }] };
    default:
      return { state: { ...state, dueAt: Math.min(state.dueAt, now + WAKE_MS) }, actions: [] };
  }
}

function connect(state: LinkState, now: number): LinkStep {
  const next = { ...state, phase: 'connecting' as const, since: now, dueAt: now + ANSWER_MS, retryAfterMs: undefined };
  return { state: next, actions: [{ do: 'connect' }] };
}

function online(state: LinkState, heartbeatMs: number, now: number): LinkStep {
  const next = {
    ...state,
    phase: 'online' as const,
    since: now,
    heardAt: now,
    heartbeatMs,
    heartbeatAt: now + heartbeatMs,
    lastWhy: '',
  };
  return { state: awake(next), actions: [{ do: 'say', level: 'info', message: 'connected to the hub' }] };
}

/** An online link has to wake for its next heartbeat and for the end of the hub's silence, whichever is first. */
function awake(state: LinkState): LinkState {
  return { ...state, dueAt: Math.min(state.heartbeatAt, state.heardAt + SILENCE_MS) };
}

function stopped(state: LinkState, cause: EndCause, before: readonly LinkAction[]): LinkStep {
  return {
    state: { ...state, phase: 'stopped', dueAt: Number.POSITIVE_INFINITY },
    actions: [...before, { do: 'end', cause }],
  };
}
