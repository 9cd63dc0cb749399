// A live page, as a browser keeps one: it holds the rows of its views, and when its socket breaks, it comes back with what it has.

import { once } from 'node:events';
import { LIVE_SUBPROTOCOL, type LiveFrame, type LiveView } from '@agentcom/schemas';
import { WebSocket } from 'ws';
import { eventually } from './wait.js';

const WITHIN_MS = 60_000;

interface Row {
  readonly id: string;
}

interface Looked {
  readonly view: LiveView;
  rows: Map<string, Row>;
  seq: number | undefined;
  readonly types: string[];
}

export class PageOfHub {
  readonly #views = new Map<number, Looked>();
  #socket: WebSocket | undefined;
  /** What the hub said of itself last. */
  hub: Extract<LiveFrame, { type: 'hub' }> | undefined;

  constructor(readonly key: string) {}

  /** Also at another hub than before. */
  async connect(url: string): Promise<void> {
    const headers = { authorization: `Bearer ${this.key}` };
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`, LIVE_SUBPROTOCOL, { headers });
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as LiveFrame));
    await once(socket, 'open');
    this.#socket = socket;
    for (const id of this.#views.keys()) this.#subscribe(id);
  }

  look(id: number, view: LiveView): void {
    this.#views.set(id, { view, rows: new Map(), seq: undefined, types: [] });
    this.#subscribe(id);
  }

  rows<T extends Row>(id: number): T[] {
    return [...(this.#views.get(id)?.rows.values() ?? [])] as unknown as T[];
  }

  /** The types of the frames that it got for a view, in order. */
  heard(id: number): readonly string[] {
    return this.#views.get(id)?.types ?? [];
  }

  /** Until what it has is as wanted. */
  until(what: string, isSo: () => boolean): Promise<unknown> {
    return eventually(what, WITHIN_MS, async () => isSo() || undefined);
  }

  /** Resolves with the code of the close frame. */
  async closed(): Promise<number> {
    const [code] = await once(this.#socket as WebSocket, 'close');
    return code as number;
  }

  leave(): void {
    this.#socket?.terminate();
  }

  #subscribe(id: number): void {
    const { view, seq } = this.#views.get(id) as Looked;
    this.#socket?.send(JSON.stringify({ type: 'subscribe', id, view, ...(seq !== undefined && { from: seq }) }));
  }

  #hear(frame: LiveFrame): void {
    if (frame.type === 'hub') this.hub = frame;
    if (frame.type === 'error') throw new Error(JSON.stringify(frame));
    if (frame.type !== 'snapshot' && frame.type !== 'delta') return;
    const looked = this.#views.get(frame.id) as Looked;
    looked.types.push(frame.type);
    looked.seq = frame.seq;
    if (frame.type === 'snapshot') {
      const ids = frame.items.map(({ id }) => id);
      if (new Set(ids).size !== ids.length) throw new Error('a row came twice');
      looked.rows = new Map(frame.items.map((row) => [row.id, row]));
      return;
    }
    for (const gone of frame.gone) looked.rows.delete(gone);
    for (const row of frame.put) looked.rows.set(row.id, row);
  }
}
