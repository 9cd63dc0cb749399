// Publishes to one stream, each message directly behind a given one, over one long-lived reply subscription: a request of the client
// makes a subscription, a promise chain and an error with its stack each time, which is 2 % of a busy hub's thread.

import { createInbox, headers, type Msg, type NatsConnection, type Subscription } from 'nats';

/** `stored`: the server says so, at `seq` of `stream`. `refused`: it has answered and stored nothing. `unanswered`: nobody knows. */
export type PublishOutcome =
  | { readonly kind: 'stored'; readonly stream: string; readonly seq: number; readonly duplicate: boolean }
  | { readonly kind: 'refused' | 'unanswered'; readonly reason: string };

interface Waiting {
  readonly settle: (outcome: PublishOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

const EXPECTED_SEQUENCE = 'Nats-Expected-Last-Sequence';
/** What NATS answers itself with when nobody listens, as while JetStream starts. */
const NO_RESPONDERS = 503;

export class Publisher {
  readonly #nc: NatsConnection;
  readonly #inbox: string;
  /** Encoded again by each publish. */
  readonly #headers = headers();
  readonly #waiting = new Map<string, Waiting>();
  #subscription: Subscription | undefined;
  #published = 0;

  constructor(nc: NatsConnection, inboxPrefix?: string) {
    this.#nc = nc;
    this.#inbox = createInbox(inboxPrefix);
  }

  /** Never rejects, and answers within `timeoutMs`. An answer that comes later is for nobody. */
  publish(subject: string, data: Uint8Array, lastSequence: number, timeoutMs: number): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      const token = String(++this.#published);
      const timer = setTimeout(() => this.#settle(token, { kind: 'unanswered', reason: 'timeout' }), timeoutMs);
      this.#waiting.set(token, { settle: resolve, timer });
      try {
        this.#subscribe();
        this.#headers.set(EXPECTED_SEQUENCE, String(lastSequence));
        this.#nc.publish(subject, data, { reply: `${this.#inbox}.${token}`, headers: this.#headers });
      } catch (error) {
        this.#settle(token, { kind: 'unanswered', reason: error instanceof Error ? error.message : String(error) });
      }
    });
  }

  /** The client renews it after a reconnect. */
  #subscribe(): void {
    if (this.#subscription?.isClosed() === false) return;
    this.#subscription = this.#nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#settle(tokenOf(message), outcomeOf(message));
        else this.#settleAll(error.message);
      },
    });
    void this.#subscription.closed.then(() => this.#settleAll('the connection closed'));
  }

  #settle(token: string, outcome: PublishOutcome): void {
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return;
    this.#waiting.delete(token);
    clearTimeout(waiting.timer);
    waiting.settle(outcome);
  }

  #settleAll(reason: string): void {
    for (const token of [...this.#waiting.keys()]) this.#settle(token, { kind: 'unanswered', reason });
  }
}

function tokenOf({ subject }: Msg): string {
  return subject.slice(subject.lastIndexOf('.') + 1);
}

interface Answer {
  readonly stream?: unknown;
  readonly seq?: unknown;
  readonly duplicate?: unknown;
  readonly error?: { readonly description?: unknown };
}

function outcomeOf(message: Msg): PublishOutcome {
  if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
    return { kind: 'unanswered', reason: 'JetStream does not answer: no responders' };
  }
  const answer = parse(message);
  if (answer.error !== undefined) return { kind: 'refused', reason: String(answer.error.description) };
  const { stream, seq, duplicate } = answer;
  if (typeof stream !== 'string' || typeof seq !== 'number') return { kind: 'refused', reason: 'invalid answer' };
  return { kind: 'stored', stream, seq, duplicate: duplicate === true };
}

function parse(message: Msg): Answer {
  try {
    const answer = message.json<Answer | null>();
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
