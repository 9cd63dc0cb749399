// What JetStream says to a message that was to be the first of its subject, or to follow a certain one, and is not.

import { JetStreamApiError } from '@nats-io/jetstream';

const WRONG_LAST_SEQUENCE = [10071, 10164];

export function isWrongLastSequence(error: unknown): boolean {
  return error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.includes(error.code);
}
