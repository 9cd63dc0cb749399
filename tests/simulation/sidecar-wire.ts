// The way of a shipped link to a hub, over the simulated network.

import type { HubFrame, SidecarFrame } from '@agentcom/schemas';
import type { Wire, WireListener } from '@agentcom/sidecar/link/wire';
import { Connection, type Link, type SidecarEnd } from './network.js';
import type { Process } from './process.js';
import type { World } from './world.js';

export class SimWire implements Wire, SidecarEnd {
  #listener: WireListener | null;
  #connection: Connection | null = null;

  constructor(
    private readonly world: World,
    readonly process: Process & { readonly name: string },
    way: Link,
    listener: WireListener,
  ) {
    this.#listener = listener;
    const { connections, hubs, newId, random } = world;
    const hub = random.pick(hubs);
    if (!hub.isUp) {
      process.later(random.between(1, 50), () => this.#end((to) => to.closed(1006, '')));
      return;
    }
    this.#connection = new Connection(world, newId(), way, process.name, hub.gateway, this);
    connections.add(this.#connection);
  }

  send(frame: SidecarFrame): boolean {
    this.#connection?.toHub(frame);
    return this.#connection !== null;
  }

  ping(): void {
    if (this.#connection !== null) this.#listener?.heard();
  }

  drop(): Promise<void> {
    this.abandon();
    return Promise.resolve();
  }

  /** Nothing is heard of it any more; also when the process died over it. */
  abandon(): void {
    this.#listener = null;
    this.#connection?.closeBySidecar();
    this.#connection = null;
  }

  opened(): void {
    this.#listener?.opened();
  }

  heard(): void {
    this.#listener?.heard();
  }

  receive(connection: Connection, frame: HubFrame): void {
    if (this.#listener === null) return;
    this.world.trace.note(this.process.name, '<-', connection.id, frame);
    this.#listener.heard();
    this.#listener.frame(frame);
  }

  turnedAway(_connection: Connection, status: number): void {
    this.#end((to) => to.turnedAway(status, undefined));
  }

  closed(connection: Connection, code: number): void {
    this.world.trace.note(this.process.name, 'closed', connection.id, code);
    this.#end((to) => to.closed(code, ''));
  }

  #end(tell: (listener: WireListener) => void): void {
    const listener = this.#listener;
    this.#listener = null;
    this.#connection = null;
    if (listener !== null) tell(listener);
  }
}
