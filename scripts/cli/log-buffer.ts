// Lines of a log on their way out: gathered for a moment, because each write costs far more than a line, and a busy hub has thousands a second.
// What is grave does not wait, and what waits when the process ends is written then.

import { type DestinationStream, pino } from 'pino';

type DestinationOptions = Exclude<Parameters<typeof pino.destination>[0], string | number | undefined>;

/** Bytes, so that no text is encoded three times on its way. */
const GATHERED = { contentMode: 'buffer', minLength: 32 * 1024, maxWrite: 64 * 1024 } as const;
/** A line waits no longer, ms. */
const WAIT_MS = 50;
const GRAVE = /^\{"level":"(?:warn|error|fatal)"/;

/** The part of a destination that is used. */
export interface ByteDestination {
  write(bytes: Uint8Array): unknown;
  flush(): void;
  flushSync(): void;
}

/** Gathers bytes, and writes what it has when the process exits. */
export function destination(options: DestinationOptions): ByteDestination {
  // Its types know texts only.
  return pino.destination({ ...options, ...GATHERED }) as unknown as ByteDestination;
}

export function bufferedLines(destination: Omit<ByteDestination, 'flushSync'>): DestinationStream {
  let waiting: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(waiting);
    waiting = undefined;
    destination.flush();
  };
  return {
    write(lines) {
      destination.write(Buffer.from(lines));
      if (GRAVE.test(lines)) flush();
      else waiting ??= setTimeout(flush, WAIT_MS).unref();
    },
  };
}
