import { expect, test } from 'vitest';
import { SseStream, serverSentEvent } from './sse-stream.js';

async function textOf(stream: SseStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

test('what is written is read in order, to the end', async () => {
  const stream = new SseStream();
  const text = textOf(stream);
  for (const word of ['one ', 'two ', 'drei ‒ ']) await stream.write(word);
  stream.end();
  expect(await text).toBe('one two drei ‒ ');
});

test('a writer waits for a reader that takes nothing, and goes on when it does', async () => {
  const stream = new SseStream();
  let written = false;
  const writing = stream.write('x'.repeat(300 * 1024)).then(() => {
    written = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBe(false);
  stream.resume();
  await writing;
  expect(written).toBe(true);
  stream.destroy();
});

test('a writer to a reader that has left is let go, and told', async () => {
  const stream = new SseStream();
  const writing = stream.write('x'.repeat(300 * 1024));
  stream.destroy();
  await writing;
  expect(stream.gone.aborted).toBe(true);
  await stream.write('nobody reads this');
});

test('a reader that takes nothing for too long is dropped', async () => {
  const stream = new SseStream(1);
  await stream.write('x'.repeat(300 * 1024));
  expect([stream.destroyed, stream.gone.aborted]).toEqual([true, true]);
});

test('an event is one block, whatever its text', () => {
  expect(serverSentEvent('output', { data: 'a\n\nid: 9\n' }, '1.2')).toBe(
    'id: 1.2\nevent: output\ndata: {"data":"a\\n\\nid: 9\\n"}\n\n',
  );
  expect(serverSentEvent('end', {})).toBe('event: end\ndata: {}\n\n');
});
