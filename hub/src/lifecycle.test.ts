import { expect, it } from 'vitest';
import { Lifecycle } from './lifecycle.js';

class Part extends Lifecycle {
  ends = 0;

  break(): void {
    this.fail(new Error('broken'));
  }

  protected override async end(): Promise<void> {
    await Promise.resolve();
    this.ends++;
  }
}

it('stops once, whoever asks, and everybody waits for that end', async () => {
  const part = new Part();
  const first = part.stop();
  await part.stop();
  expect(part.ends).toBe(1);
  await first;
  expect(await part.stopped).toBeUndefined();
});

it('tells why it could not go on, also when it is stopped afterwards', async () => {
  const part = new Part();
  part.break();
  await part.stop();
  expect((await part.stopped)?.message).toBe('broken');
  expect(part.ends).toBe(1);
});
