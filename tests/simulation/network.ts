// Connections between sidecars and hubs. A connection is a stream: what arrives is in order and whole until it breaks, and the two ends
// learn of that at different times. Some seeds also repeat and reorder frames, which is harsher than a real socket.

import type { HubFrame, SidecarFrame } from '@agentcom/schemas';
import type { Process } from './process.js';
import type { World } from './world.js';

interface Receiver {
  readonly process: Process;
  /** A ping came, or the answer to one. */
  heard(connection: Connection): void;
  closed(connection: Connection, code: number): void;
}

export interface HubEnd extends Receiver {
  /** Somebody connects: `opened` or `turnAway` answers. */
  connecting(connection: Connection): void;
  receive(connection: Connection, frame: SidecarFrame): void;
}

export interface SidecarEnd extends Receiver {
  opened(connection: Connection): void;
  turnedAway(connection: Connection, status: number): void;
  receive(connection: Connection, frame: HubFrame): void;
}

/** The way between one sidecar and the hubs; while cut, nothing passes. */
export interface Link {
  isCut: boolean;
}

class End<R extends Receiver> {
  isOpen = true;
  lastArrivalAt = 0;
  /** Sent to it while the way was cut. */
  held: (() => void)[] = [];

  constructor(readonly receiver: R) {}
}

export class Connection {
  readonly #hub: End<HubEnd>;
  readonly #sidecar: End<SidecarEnd>;

  constructor(
    private readonly world: World,
    readonly id: string,
    readonly link: Link,
    readonly agent: string,
    hub: HubEnd,
    sidecar: SidecarEnd,
  ) {
    this.#hub = new End(hub);
    this.#sidecar = new End(sidecar);
    this.#arrive(this.#hub, () => hub.connecting(this));
  }

  get isOver(): boolean {
    return !this.#hub.isOpen && !this.#sidecar.isOpen;
  }

  get isOpenAtHub(): boolean {
    return this.#hub.isOpen;
  }

  opened(): void {
    this.#arrive(this.#sidecar, () => this.#sidecar.receiver.opened(this));
  }

  turnAway(status: number): void {
    this.#hub.isOpen = false;
    this.#arrive(this.#sidecar, () => {
      this.#sidecar.isOpen = false;
      this.#sidecar.receiver.turnedAway(this, status);
    });
  }

  toHub(frame: SidecarFrame): void {
    if (this.#sidecar.isOpen) this.#send(this.#hub, () => this.#hub.receiver.receive(this, frame));
  }

  toSidecar(frame: HubFrame): void {
    if (this.#hub.isOpen) this.#send(this.#sidecar, () => this.#sidecar.receiver.receive(this, frame));
  }

  /** The hub pings, the sidecar hears it and answers. A process that is gone or stopped does neither. */
  ping(): void {
    this.#arrive(this.#sidecar, () => {
      this.#sidecar.receiver.heard(this);
      this.#arrive(this.#hub, () => this.#hub.receiver.heard(this));
    });
  }

  closeByHub(code: number): void {
    this.#close(this.#hub, this.#sidecar, code);
  }

  closeBySidecar(): void {
    this.#close(this.#sidecar, this.#hub, 1000);
  }

  /** Both ends learn of it, each in its own time. */
  break(): void {
    this.#arrive(this.#hub, () => this.#end(this.#hub, 1006));
    this.#arrive(this.#sidecar, () => this.#end(this.#sidecar, 1006));
  }

  /** The hub's process is gone: perhaps with it what it had said last. */
  dropHubEnd(): void {
    if (this.world.random.chance(0.5)) this.#sidecar.held = [];
    this.closeByHub(1006);
  }

  /** The way is open again: what was held on it arrives now. */
  healed(): void {
    for (const end of [this.#hub, this.#sidecar]) {
      const held = end.held;
      end.held = [];
      for (const deliver of held) deliver();
    }
  }

  #send<R extends Receiver>(to: End<R>, receive: () => void): void {
    const { random, schedule, weather } = this.world;
    if (random.chance(weather.lost)) return schedule.after(random.between(0, 2_000), () => this.break());
    this.#arrive(to, receive, random.chance(weather.reordered));
    if (random.chance(weather.duplicated)) this.#arrive(to, receive, true);
  }

  /** In order behind what was sent before, unless it takes another way. Nothing arrives at an end that is closed. */
  #arrive<R extends Receiver>(to: End<R>, run: () => void, isDetour = false): void {
    if (this.link.isCut) {
      to.held.push(() => this.#arrive(to, run, isDetour));
      return;
    }
    const { random, schedule, weather } = this.world;
    let at = schedule.now + random.between(1, weather.delayMs);
    if (isDetour) at += random.between(0, 4 * weather.delayMs);
    else {
      at = Math.max(at, to.lastArrivalAt);
      to.lastArrivalAt = at;
    }
    schedule.after(at - schedule.now, () =>
      to.receiver.process.step(() => {
        if (to.isOpen) run();
      }),
    );
  }

  #close<A extends Receiver, B extends Receiver>(own: End<A>, other: End<B>, code: number): void {
    if (!own.isOpen) return;
    own.isOpen = false;
    this.#arrive(other, () => this.#end(other, code));
  }

  #end<R extends Receiver>(end: End<R>, code: number): void {
    if (!end.isOpen) return;
    end.isOpen = false;
    end.receiver.closed(this, code);
  }
}
