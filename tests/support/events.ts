// A reader of server-sent events, as browsers are: keeps every event until somebody asks for it, and remembers the last id.

import { within } from './wait.js';

const EVENT_TIMEOUT_MS = 60_000;

export interface ServerSentEvent {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

export class EventReader {
  readonly #events: ServerSentEvent[] = [];
  readonly #aborted = new AbortController();
  #wake: () => void = () => undefined;
  lastId = '';
  /** Resolves when the hub has ended the stream, or it broke off. */
  readonly ended: Promise<void>;

  private constructor(response: Response) {
    this.ended = this.#read(response).catch(() => undefined);
    void this.ended.then(() => this.#wake());
  }

  static async open(url: string, key: string, lastId?: string): Promise<EventReader> {
    const aborted = new AbortController();
    const response = await fetch(url, {
      signal: aborted.signal,
      headers: { authorization: `Bearer ${key}`, ...(lastId !== undefined && { 'last-event-id': lastId }) },
    });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const reader = new EventReader(response);
    reader.#aborted.signal.addEventListener('abort', () => aborted.abort());
    return reader;
  }

  /** The next event that nobody has asked for. */
  async next(): Promise<ServerSentEvent> {
    const arrival = async (): Promise<ServerSentEvent> => {
      for (;;) {
        const event = this.#events.shift();
        if (event !== undefined) return event;
        const ended = await Promise.race([
          this.ended.then(() => true),
          new Promise<false>((resolve) => {
            this.#wake = () => resolve(false);
          }),
        ]);
        if (ended && this.#events.length === 0) throw new Error('the stream has ended');
      }
    };
    return within(arrival(), EVENT_TIMEOUT_MS, 'an event');
  }

  /** Every event up to one of this name, which is the last. */
  async upTo(event: string): Promise<ServerSentEvent[]> {
    const heard: ServerSentEvent[] = [];
    do heard.push(await this.next());
    while (heard.at(-1)?.event !== event);
    return heard;
  }

  close(): void {
    this.#aborted.abort();
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.#hear(text.slice(0, end));
        text = text.slice(end + 2);
      }
    }
  }

  #hear(block: string): void {
    const fields = new Map(
      block.split('\n').map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const data = fields.get('data');
    if (data === undefined) return;
    const id = fields.get('id') ?? this.lastId;
    this.lastId = id;
    const event = fields.get('event') ?? 'message';
    this.#events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> });
    this.#wake();
  }
}
