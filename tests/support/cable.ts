// A cable between a machine and a server: it can be cut, and one direction of it can be stopped up, as networks do.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** As the machine sees it: `up` is what it sends. */
export type Direction = 'up' | 'down';

interface Wire {
  readonly up: Socket;
  readonly down: Socket;
}

export class Cable {
  readonly #server: Server;
  readonly #wires = new Set<Wire>();
  readonly #stopped = new Set<Direction>();
  #serverPort: number;
  #isCut = false;
  #refused = 0;

  private constructor(serverPort: number) {
    this.#serverPort = serverPort;
    this.#server = createServer((machine) => this.#join(machine));
  }

  static async to(serverPort: number): Promise<Cable> {
    const cable = new Cable(serverPort);
    cable.#server.listen(0, '127.0.0.1');
    await once(cable.#server, 'listening');
    return cable;
  }

  /** Where the machine finds the server. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** Connections that were tried while it was cut. */
  get refused(): number {
    return this.#refused;
  }

  cut(): void {
    this.#isCut = true;
    this.#refused = 0;
    this.#loseAll();
  }

  /** As what stands before several hubs does: connections are lost, and new ones lead to this server. */
  moveTo(serverPort: number): void {
    this.#serverPort = serverPort;
    this.#loseAll();
  }

  /** From now on nothing arrives that is sent in this direction. */
  stopUp(direction: Direction): void {
    this.#stopped.add(direction);
    for (const wire of this.#wires) wire[direction].pause();
  }

  /** Connections that were stopped up are lost. */
  repair(): void {
    this.#isCut = false;
    if (this.#stopped.size > 0) this.#loseAll();
    this.#stopped.clear();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#loseAll();
    await closed;
  }

  #join(machine: Socket): void {
    if (this.#isCut) {
      this.#refused += 1;
      machine.destroy();
      return;
    }
    const server = connect(this.#serverPort, '127.0.0.1');
    const wire: Wire = { up: machine, down: server };
    this.#wires.add(wire);
    this.#carry(wire, machine, server);
    this.#carry(wire, server, machine);
    for (const direction of this.#stopped) wire[direction].pause();
  }

  #carry(wire: Wire, from: Socket, to: Socket): void {
    from.on('data', (data) => to.write(data));
    from.on('end', () => to.end());
    from.on('error', () => this.#lose(wire));
    from.on('close', () => this.#lose(wire));
  }

  #loseAll(): void {
    for (const wire of [...this.#wires]) this.#lose(wire);
  }

  #lose(wire: Wire): void {
    this.#wires.delete(wire);
    wire.up.destroy();
    wire.down.destroy();
  }
}
