// An outbox of a hub that leads, under test.

import { ManualTime, MemoryDeliveries, ScriptedHttp, TestPorts } from '../testing.js';
import type { BookBounds } from './book.js';
import { Outbox } from './outbox.js';

export class OutboxBench {
  readonly time = new ManualTime();
  readonly records = new MemoryDeliveries();
  readonly http = new ScriptedHttp();
  readonly ports = new TestPorts();
  readonly failures: unknown[] = [];
  outbox: Outbox;

  constructor(private readonly bounds?: BookBounds) {
    this.outbox = this.lead();
  }

  /** What is loaded with the first message takes more than a turn. */
  static async load(): Promise<void> {
    await import('standardwebhooks');
  }

  /** Another hub, with what was stored. */
  lead(): Outbox {
    const { time, records, http, ports, bounds } = this;
    this.outbox = new Outbox({
      records,
      scheduler: time,
      now: () => time.wall,
      http,
      ports,
      onFailed: (error) => this.failures.push(error),
      ...(bounds !== undefined && { bounds }),
    });
    this.outbox.onLeading();
    return this.outbox;
  }

  /** Of what went out; ntfy's begins with what it is. */
  titles(): unknown[] {
    return this.http.sent.map(({ json: { data, title } }) =>
      data === undefined ? String(title).replace(/^\w+: /, '') : (data as { readonly title: string }).title,
    );
  }

  /** Of one organisation, oldest first. */
  states(org = 'acme'): string[] {
    return this.outbox
      .list({ org, limit: 100 })
      .items.map(({ title, state }) => `${title}: ${state}`)
      .reverse();
  }
}
