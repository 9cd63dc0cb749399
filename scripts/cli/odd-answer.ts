// What a hub answered that this version does not understand. Answers are trusted to be of their schemas, since to hold each against its own would
// double the time of a short command; they are looked at once a command fails at something that nobody foresaw.

import type { Route } from '@agentcom/schemas';
import type { TakenAnswer } from './client.js';
import { CommandError, EXIT } from './exit.js';

/** So many of the newest are kept. */
const KEPT = 8;

export class TakenAnswers {
  readonly #newest: TakenAnswer[] = [];

  add(answer: TakenAnswer): void {
    this.#newest.push(answer);
    if (this.#newest.length > KEPT) this.#newest.shift();
  }

  /** Undefined when all are as they should be. */
  async oddOne(cause: unknown): Promise<CommandError | undefined> {
    if (this.#newest.length === 0) return undefined;
    const { compiler } = await import('@agentcom/schemas/validate');
    const { ROUTES } = await import('@agentcom/schemas/routes');
    const compile = compiler('answer');
    for (const { of, route, body } of this.#newest) {
      const { answer: schema }: Route = ROUTES[route];
      if (schema === undefined) continue;
      // A copy: what a newer hub says beside is dropped.
      const read = compile(schema)(structuredClone(body));
      if (read.ok) continue;
      const { origin, pathname } = new URL(of.url);
      const message = `the hub at ${origin} answered something that this version does not understand (${of.method} ${pathname})`;
      return new CommandError(EXIT.failed, 'hub.not_understood', message, {
        details: read.details,
        remedy:
          'Bring `agentcom` and the hub to the same version; a proxy in between may have changed the answer, too.',
        cause,
      });
    }
    return undefined;
  }
}
