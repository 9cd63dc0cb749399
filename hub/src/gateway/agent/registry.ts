// The live agent sockets of this hub, by agent: the newest one counts. Effects find their way to sidecars through here.

import { CLOSE_CODES, type HubFrame } from '@agentcom/schemas';
import { assignedTask, type Bodies } from '../../bodies/body-writer.js';
import type { Health } from '../../core/agent/view.js';
import type { Effect } from '../../core/effects.js';
import type { State } from '../../core/state.js';

/** How often a socket is pinged, and how long it may take to answer, ms. */
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 10_000;
const SWEEP_EVERY_MS = 1_000;

/** One agent's socket, as others see it. */
export interface AgentLink {
  readonly connection: string;
  readonly health: Health;
  readonly lastSeenAt: number;
  /** Sends frames in the order of the calls; one that has to be fetched first holds up those behind it. */
  send(frame: HubFrame | Promise<HubFrame | null>): void;
  close(code: number, reason: string): void;
  ping(now: number, everyMs: number, withinMs: number): void;
}

export class Connections {
  readonly #links = new Map<string, AgentLink>();
  readonly #all = new Set<AgentLink>();
  /** Agents that were closed for their violations, and until when they are not let in. */
  readonly #away = new Map<string, number>();
  readonly #bodies: Bodies;
  readonly #sweep: NodeJS.Timeout;

  constructor(bodies: Bodies, now: () => number) {
    this.#bodies = bodies;
    this.#sweep = setInterval(() => {
      for (const link of this.#all) link.ping(now(), PING_EVERY_MS, PONG_WITHIN_MS);
    }, SWEEP_EVERY_MS);
    this.#sweep.unref();
  }

  get size(): number {
    return this.#all.size;
  }

  opened(link: AgentLink): void {
    this.#all.add(link);
  }

  closed(link: AgentLink, agent: string | null): void {
    this.#all.delete(link);
    if (agent !== null && this.#links.get(agent) === link) this.#links.delete(agent);
  }

  /** From now on the agent is reached through `link`; the one before it is told that it was replaced. */
  register(agent: string, link: AgentLink): void {
    const before = this.#links.get(agent);
    this.#links.set(agent, link);
    if (before !== undefined && before !== link)
      before.close(CLOSE_CODES.replaced, 'another sidecar said hello with this key');
  }

  /** Keeps an agent out until then. */
  ban(agent: string, until: number): void {
    this.#away.set(agent, until);
  }

  /** How long an agent still has to stay away, ms; 0 when it may come. */
  bannedForMs(agent: string, now: number): number {
    const leftMs = (this.#away.get(agent) ?? 0) - now;
    if (leftMs <= 0) this.#away.delete(agent);
    return Math.max(0, leftMs);
  }

  link(agent: string): AgentLink | undefined {
    return this.#links.get(agent);
  }

  closeAll(code: number, reason: string): void {
    for (const link of [...this.#all]) link.close(code, reason);
  }

  stop(): void {
    clearInterval(this.#sweep);
    this.closeAll(CLOSE_CODES.hubRestarting, 'the hub is stopping');
  }

  deliver(effects: readonly Effect[], state: State, now: number): void {
    for (const effect of effects) {
      if (effect.type === 'bodies_unused') continue;
      const link = this.#links.get(effect.agent);
      if (link !== undefined) this.#send(link, effect, state, now);
    }
  }

  #send(link: AgentLink, effect: Exclude<Effect, { type: 'bodies_unused' }>, state: State, now: number): void {
    switch (effect.type) {
      case 'assign': {
        const task = state.tasks.get(effect.task);
        if (task?.state !== 'assigned' || task.generation !== effect.generation) return;
        const acceptWithinMs = Math.max(0, (task.deadline ?? now) - now);
        const { generation } = effect;
        const assigned = assignedTask(this.#bodies, task);
        if (!(assigned instanceof Promise)) {
          return link.send({ type: 'task.assign', task: assigned, generation, acceptWithinMs });
        }
        return link.send(
          assigned.then((filled) => ({ type: 'task.assign', task: filled, generation, acceptWithinMs })),
        );
      }
      case 'answer': {
        const task = state.tasks.get(effect.task);
        if (task?.answer == null || task.generation !== effect.generation) return;
        return link.send({ type: 'task.answer', task: task.id, generation: task.generation, ...task.answer });
      }
      case 'cancel': {
        const { task, generation, reason } = effect;
        return link.send({ type: 'task.cancel', task, generation, reason });
      }
      case 'drain':
        return link.send({
          type: effect.draining ? 'agent.drain' : 'agent.resume',
          reason: effect.reason,
        });
      case 'dismiss':
        link.send({ type: 'agent.dismiss', reason: 'the agent was removed' });
        return link.close(CLOSE_CODES.notAllowed, 'the agent was removed');
    }
  }
}
