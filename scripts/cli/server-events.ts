// Server-sent events out of a response's body, as the hub sends them: each with a name, an id and JSON.

import { createParser, type EventSourceMessage } from 'eventsource-parser';

export interface ServerEvent {
  readonly event: string;
  /** The newest id so far; '' before the first. */
  readonly id: string;
  readonly data: unknown;
}

/** One event is at most this long; the hub's are far shorter. */
const EVENT_CHARS_MAX = 1024 * 1024;

/**
 * Ends where the body ends; what is cut off within an event is left out. Throws what reading the body throws. `onHeard` is called for each event
 * and comment, once it is whole: bytes alone say nothing.
 */
export async function* serverEvents(
  body: AsyncIterable<Uint8Array>,
  onHeard: () => void,
): AsyncGenerator<ServerEvent, void, undefined> {
  const decoder = new TextDecoder();
  const received: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (event) => {
      onHeard();
      received.push(event);
    },
    onComment: onHeard,
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') throw new Error('the hub did not send a stream of events');
    },
    maxBufferSize: EVENT_CHARS_MAX,
  });
  let newest = '';
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    for (const { event = 'message', id = newest, data } of received.splice(0)) {
      newest = id;
      yield { event, id, data: JSON.parse(data) };
    }
  }
}
