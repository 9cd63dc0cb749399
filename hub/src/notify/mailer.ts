// Mail from the hub to people, in the background: one at a time, each tried a few times, in memory only. Whoever waits for a mail asks again.

import { randomUUID } from 'node:crypto';
import type { Cancel, Scheduler } from '@agentcom/schemas/scheduler';
import { Lifecycle } from '../lifecycle.js';
import type { HttpOut } from './http-out.js';
import { domainOf, type Mail, type SmtpServer, sendMail } from './smtp.js';

/** Mails that are not sent yet. */
const WAITING_MAX = 200;
/** After a failure that may pass; then it is given up. */
const RETRY_MS = [10_000, 60_000, 300_000];

export interface MailerParts {
  readonly server: SmtpServer;
  readonly http: Pick<HttpOut, 'dial' | 'timeoutMs'>;
  readonly scheduler: Scheduler;
  /** A mail is given up. `why` names the server and nothing of the mail. */
  readonly onGivenUp: (why: string) => void;
}

export interface PlainMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

interface Waiting {
  readonly mail: Mail;
  failures: number;
}

export class Mailer extends Lifecycle {
  readonly #ready: Waiting[] = [];
  readonly #retries = new Set<Cancel>();
  readonly #stopping = new AbortController();
  #working: Promise<void> | undefined;

  constructor(private readonly parts: MailerParts) {
    super();
  }

  /** Loads what it takes, which nobody shall notice at the first mail. */
  override async start(): Promise<void> {
    await import('nodemailer');
  }

  /** Whether it is taken up; not when too many wait. */
  send({ to, subject, text }: PlainMail): boolean {
    const isFull = this.#ready.length + this.#retries.size >= WAITING_MAX;
    if (this.isStopping || isFull) {
      this.parts.onGivenUp(isFull ? `${WAITING_MAX} mails wait already` : 'the hub stops');
      return false;
    }
    const messageId = `<${randomUUID()}@${domainOf(this.parts.server.from)}>`;
    this.#take({ mail: { to: [to], subject, text, messageId }, failures: 0 });
    return true;
  }

  protected override async end(): Promise<void> {
    this.#ready.length = 0;
    for (const cancel of this.#retries) cancel();
    this.#retries.clear();
    this.#stopping.abort();
    await this.#working;
  }

  #take(waiting: Waiting): void {
    this.#ready.push(waiting);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
      const outcome = await sendMail(this.parts.server, next.mail, this.parts.http, this.#stopping.signal);
      if (outcome.kind === 'sent') continue;
      const retryMs = outcome.kind === 'retry' && !this.isStopping ? RETRY_MS[next.failures] : undefined;
      if (retryMs === undefined) this.parts.onGivenUp(outcome.why);
      else this.#retryIn(retryMs, next);
    }
    this.#working = undefined;
  }

  #retryIn(ms: number, waiting: Waiting): void {
    waiting.failures++;
    const cancel = this.parts.scheduler.after(ms, () => {
      this.#retries.delete(cancel);
      this.#take(waiting);
    });
    this.#retries.add(cancel);
  }
}
