// The agent sessions of this hub: by connection, for what the coordinator says, and by agent, where the newest counts.

import { type AuditFact, CLOSE_CODES, type Scheduler } from '@agentcom/schemas';
import { FRAME_ACTIONS } from '../../access/policy.js';
import type { CoordinatorOutput } from '../../coordinator/ports.js';
import { STOPPING } from '../../coordinator/refusals.js';
import { agentKey } from '../../core/agent/agent.js';
import type { AuditTrail } from '../audit-port.js';
import type { AgentSession, SessionWatcher, Who } from './session.js';

const SWEEP_EVERY_MS = 1_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface RegistryParts {
  readonly scheduler: Scheduler;
  /** ms; the hub's own time. */
  readonly now: () => number;
  readonly metrics: {
    readonly countFrame: (type: string) => void;
    readonly refusals: { inc(labels: { code: string }): void };
    readonly socketsClosed: { inc(labels: { code: string }): void };
  };
  readonly audit: AuditTrail;
  readonly onHeartbeat: (who: Who) => void;
  /** A report came with the span that it was sent under. Undefined while traces are off. */
  readonly onTraced?: SessionWatcher['traced'] | undefined;
  readonly onFailed: (error: unknown, what: string, who: Who) => void;
}

export class AgentRegistry {
  readonly #parts: RegistryParts;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #byAgent = new Map<string, AgentSession>();
  #cancelSweep: () => void;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#cancelSweep = this.#sweepLater();
  }

  get size(): number {
    return this.#sessions.size;
  }

  add(session: AgentSession): void {
    this.#sessions.set(session.connection, session);
  }

  /** The live session of an agent. */
  of(agent: string): AgentSession | undefined {
    return this.#byAgent.get(agent);
  }

  /** By `agentKey`: how far the clocks of machines are ahead, ms. */
  clockSkewMs(): Map<string, number> {
    const skews = new Map<string, number>();
    for (const [agent, { clockSkewMs }] of this.#byAgent) if (clockSkewMs !== undefined) skews.set(agent, clockSkewMs);
    return skews;
  }

  /** Hands out what the coordinator says, in order. What is for a connection that is gone is said again at the next hello. */
  deliver(outputs: readonly CoordinatorOutput[]): void {
    for (const output of outputs) {
      if (output.kind !== 'reply') this.#sessions.get(output.connection)?.deliver(output);
    }
  }

  closeAll(reason: string): void {
    for (const session of [...this.#sessions.values()]) session.close({ code: CLOSE_CODES.hubRestarting, reason });
  }

  stop(): void {
    this.#cancelSweep();
    this.closeAll(STOPPING);
  }

  /** What a session of `agent` tells the registry. */
  watcher(who: Who, address?: string): SessionWatcher {
    const { metrics, audit, onHeartbeat, onTraced, onFailed } = this.#parts;
    const caller = `agent:${who.agent}`;
    const record = ({ who }: AgentSession, what: Pick<AuditFact, 'route' | 'code'>): void => {
      const about = { caller, target: who.agent, ...(address !== undefined && { address }) };
      audit.record(who.org, { action: 'agents.connect', ...what, ...about, outcome: 'refused' });
    };
    return {
      welcomed: (session) => void this.#byAgent.set(keyOf(session), session),
      helloRefused: (session, code) => record(session, { route: 'agent.connect', code }),
      banned: (session) => record(session, { route: 'agent.ban', code: 'rate.limited' }),
      closed: (session, code) => {
        metrics.socketsClosed.inc({ code: String(code) });
        this.#sessions.delete(session.connection);
        if (this.#byAgent.get(keyOf(session)) === session) this.#byAgent.delete(keyOf(session));
      },
      frame: (type) => {
        metrics.countFrame(type);
        if (type === 'heartbeat') onHeartbeat(who);
      },
      traced: (task, generation, traceparent) => onTraced?.(task, generation, traceparent),
      answered: ({ who: { org } }, { type: route, target }, code) => {
        const outcome = code === undefined ? 'done' : 'refused';
        const fact: Writable<AuditFact> = { action: FRAME_ACTIONS[route], route, caller, outcome };
        if (target !== undefined) fact.target = target;
        if (address !== undefined) fact.address = address;
        if (code !== undefined) fact.code = code;
        audit.record(org, fact);
      },
      refused: (code) => metrics.refusals.inc({ code }),
      failed: (error, what) => onFailed(error, what, who),
    };
  }

  #sweepLater(): () => void {
    return this.#parts.scheduler.after(SWEEP_EVERY_MS, () => {
      const now = this.#parts.now();
      for (const session of this.#sessions.values()) session.checkLiveness(now);
      this.#cancelSweep = this.#sweepLater();
    });
  }
}

/** The name under which a session is found. */
function keyOf({ who }: AgentSession): string {
  return agentKey(who.org, who.agent);
}
