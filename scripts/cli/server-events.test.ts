import { expect, test } from 'vitest';
import { type ServerEvent, serverEvents } from './server-events.js';

const stream = `retry: 1000

id: 1.1
event: output
data: {"data":"grün\\n"}

:

event: end
data: {"state":"completed"}

id: 9.9
event: cut off`;

async function read(chunks: readonly Uint8Array[], onHeard: () => void = () => undefined): Promise<ServerEvent[]> {
  async function* body() {
    yield* chunks;
  }
  const events: ServerEvent[] = [];
  for await (const event of serverEvents(body(), onHeard)) events.push(event);
  return events;
}

test.each([1, 2, 7, 1000])('events are the same however the bytes come, here by %d', async (size) => {
  const bytes = Buffer.from(stream);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  expect(await read(chunks)).toEqual([
    { event: 'output', id: '1.1', data: { data: 'grün\n' } },
    { event: 'end', id: '1.1', data: { state: 'completed' } },
  ]);
});

test('a body that is no stream of events is not gathered for ever', async () => {
  const chunk = Buffer.alloc(300 * 1024, 'x');
  await expect(read([chunk, chunk, chunk, chunk])).rejects.toThrow('did not send a stream of events');
});

test('is heard by whole events and comments, however many bytes they come in', async () => {
  let heard = 0;
  await read(
    [...stream].map((one) => Buffer.from(one)),
    () => heard++,
  );
  expect(heard).toBe(3);
  await read(
    Array.from({ length: 100 }, () => Buffer.from(' ')),
    () => heard++,
  );
  expect(heard).toBe(3);
});
