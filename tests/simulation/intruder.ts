// Somebody who has a copy of an agent's key and pretends to be its sidecar after a restart, or hides which machine it is on. It reports nothing
// by itself: that is what `Gateway` has every connection do that was replaced.

import { agentKey } from '@agentcom/hub/core/agent/agent';
import type { SidecarFrameOf } from '@agentcom/schemas';
import type { Link } from './network.js';
import { Process } from './process.js';
import { ORG } from './settings.js';
import type { SimSidecar } from './sidecar.js';
import { SimWire } from './sidecar-wire.js';
import type { World } from './world.js';

export class Intruder extends Process {
  readonly name: string;
  readonly #way: Link = { isCut: false };
  #visits = 0;
  #wire: SimWire | undefined;

  constructor(
    private readonly world: World,
    private readonly victim: SimSidecar,
  ) {
    super(world.schedule);
    this.name = victim.name;
  }

  /** Says hello as the agent, and goes again after a while. */
  visit(): void {
    if (this.isUp) return;
    this.boot();
    this.#visits++;
    const nothing = (): void => undefined;
    const wire = new SimWire(this.world, this, this.#way, {
      opened: () => void wire.send(this.#hello()),
      frame: nothing,
      heard: nothing,
      unreadable: nothing,
      intercepted: nothing,
      foreign: nothing,
      turnedAway: () => this.leave(),
      closed: () => this.leave(),
    });
    this.#wire = wire;
    this.later(this.world.random.between(500, 5_000), () => this.leave());
  }

  leave(): void {
    this.#wire?.abandon();
    this.#wire = undefined;
    this.die();
  }

  #hello(): SidecarFrameOf<'hello'> {
    const { random, store, trace } = this.world;
    const { name, capabilities } = this.victim;
    const held = store.truth.agents.get(agentKey(ORG, name))?.task;
    const task = held === undefined ? undefined : store.truth.tasks.get(held);
    const holding = task !== undefined && {
      holding: { task: task.id, generation: task.generation, phase: 'running' as const },
    };
    trace.note(name, 'is visited by somebody with its key');
    return {
      type: 'hello',
      id: 'intruder',
      agent: { name, capabilities, version: '1', host: 'elsewhere', os: 'none' },
      instance: `intruder-${this.#visits}-${name}`,
      ...(random.chance(0.7) && { machine: name }),
      ...(random.chance(0.7) && holding),
    };
  }
}
