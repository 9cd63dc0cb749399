// Sends what waits for one channel, one after the other. A channel has a worker of its own, so that one that hangs delays no other.

import type { Cancel, Scheduler } from '@agentcom/schemas';
import type { Outcome, Outgoing } from '../channels/channel.js';
import { channelKinds } from '../channels/index.js';
import type { HttpOut } from '../http-out.js';
import { digestOf, outgoingOf } from '../outgoing.js';
import type { Channel, NotifyPorts } from '../ports.js';
import { ChannelQueue } from './queue.js';
import type { DeliveryRecord } from './records.js';

/** Settings change, and clocks are corrected: what waits is looked at again after so long. */
const LOOK_AGAIN_MS = 60_000;

export interface SendParts {
  readonly scheduler: Scheduler;
  /** ms since 1970. */
  readonly now: () => number;
  readonly http: HttpOut;
  readonly ports: NotifyPorts;
}

export interface WorkerParts extends SendParts {
  readonly channel: string;
  readonly onChanged: (changed: readonly DeliveryRecord[]) => void;
}

export class ChannelWorker {
  readonly queue = new ChannelQueue();
  readonly #parts: WorkerParts;
  #cancel: Cancel = () => undefined;
  #sending: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
  }

  /** Nothing waits, and nothing is under way. */
  get isIdle(): boolean {
    return this.#sending === undefined && this.queue.isEmpty;
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#isStopped || this.#sending !== undefined) return;
    this.#cancel();
    const { scheduler, now, ports, channel: id, onChanged } = this.#parts;
    const channel = ports.channelOf(id);
    const step = this.queue.next(now(), channel, channel && channelKinds[channel.kind].manifest, (closing) =>
      ports.isSoAgain(closing),
    );
    if (step.kind === 'drop') {
      onChanged(step.changed);
      return this.wake();
    }
    if (step.kind === 'wait')
      this.#cancel = scheduler.after(Math.min(Math.max(0, step.until - now()), LOOK_AGAIN_MS), () => this.wake());
    if (step.kind !== 'send' || channel === undefined) return;
    this.#sending = this.#send(channel, step.batch, step.ref).finally(() => {
      this.#sending = undefined;
      this.wake();
    });
  }

  /** Nothing more is sent. Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#sending;
  }

  async #send(channel: Channel, batch: readonly DeliveryRecord[], ref: string | undefined): Promise<void> {
    const { ports, now, scheduler, onChanged } = this.#parts;
    const address = ports.publicUrl();
    const outcome = await sendBy(channel, () => messageOf(batch, ref, address), this.#parts);
    const { gapMs } = channelKinds[channel.kind].manifest.limits;
    onChanged(this.queue.settle(batch, outcome, now(), scheduler.random(), gapMs));
    if (outcome.kind === 'gone') ports.onChannelGone(this.#parts.channel, outcome.why);
  }
}

function messageOf(batch: readonly DeliveryRecord[], ref: string | undefined, address: string | undefined): Outgoing {
  const deliveries = batch.flatMap(({ delivery }) => delivery ?? []);
  const [only] = deliveries;
  return deliveries.length === 1 && only !== undefined ? outgoingOf(only, ref, address) : digestOf(deliveries, address);
}

/** Never rejects. */
export async function sendBy(
  channel: Channel,
  message: () => Outgoing,
  { http, ports, now }: SendParts,
): Promise<Outcome> {
  try {
    const sent = message();
    return await channelKinds[channel.kind].send({
      message: sent,
      settings: channel.settings as never,
      http: under(http, ports.traceparentOf(sent.notification)),
      now: now(),
      publicUrl: ports.publicUrl(),
      vapid: ports.vapid(),
    });
  } catch (error) {
    // Its message may hold what was sent.
    return { kind: 'retry', why: `unexpected ${error instanceof Error ? error.name : 'error'}` };
  }
}

/** What is sent lies under the span of `traceparent`. */
function under(http: HttpOut, traceparent: string | undefined): HttpOut {
  if (traceparent === undefined) return http;
  return {
    timeoutMs: http.timeoutMs,
    send: (request) => http.send({ ...request, traceparent }),
    dial: (host, port) => http.dial(host, port),
  };
}
