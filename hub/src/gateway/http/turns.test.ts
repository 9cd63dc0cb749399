import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Rests } from '../rests.js';
import { Turns } from './turns.js';

const newTurns = () => new Turns(new Rests(() => 0));

it('lets an organisation begin one request in each turn, in order, and keeps nobody else waiting', async () => {
  const turns = newTurns();
  const begun: string[] = [];
  const begin = (caller: string, name: string): void => {
    const turn = turns.of(caller, name);
    if (turn === undefined) begun.push(name);
    else void turn.then(() => begun.push(name));
  };
  for (const name of ['a1', 'a2', 'a3']) begin('a', name);
  begin('b', 'b1');
  expect(begun).toEqual(['a1', 'b1']);
  await turnOfTheLoop();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  begin('b', 'b2');
  begin('a', 'a4');
  expect(begun).toEqual(['a1', 'b1', 'a2', 'b2']);
  await turnOfTheLoop();
  await turnOfTheLoop();
  expect(begun).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4']);
  await turnOfTheLoop();
  expect(turns.of('a', 'a1')).toBeUndefined();
});

/** Begins a large request; `end` has it end. */
function large(turns: Turns, caller: string, name: string, begun: string[]) {
  let end: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  const turn = turns.large('acme', caller, over).then(() => begun.push(name));
  return { end, turn };
}

it('lets an organisation begin a large request when the one before is over, its callers in rotation', async () => {
  const turns = newTurns();
  const begun: string[] = [];
  const [first, second, third, other] = (
    [
      ['a', 'a1'],
      ['a', 'a2'],
      ['a', 'a3'],
      ['b', 'b1'],
    ] as const
  ).map(([caller, name]) => large(turns, caller, name, begun)) as [Large, Large, Large, Large];
  for (let i = 0; i < 3; i++) await turnOfTheLoop();
  expect(begun).toEqual(['a1']);
  for (const { end, turn } of [first, second, other, third]) {
    await turn;
    end();
  }
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});
type Large = ReturnType<typeof large>;

it('does not keep a large request waiting for what hangs', async () => {
  const turns = newTurns();
  const begun: string[] = [];
  await large(turns, 'a', 'hangs', begun).turn;
  await large(turns, 'a', 'next', begun).turn;
  expect(begun).toEqual(['hangs', 'next']);
});

it('serves the callers of an organisation in rotation', async () => {
  const turns = newTurns();
  const begun: string[] = [];
  const begin = (caller: string, name: string) =>
    void (turns.of('acme', caller) ?? Promise.resolve()).then(() => begun.push(name));
  for (const name of ['a1', 'a2', 'a3', 'a4']) begin('a', name);
  begin('b', 'b1');
  for (let i = 0; i < 6; i++) await turnOfTheLoop();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});

it('has an organisation that rests wait, and nobody else', async () => {
  const clock = { now: 5_000 };
  const rests = new Rests(() => clock.now);
  const turns = new Turns(rests);
  for (const org of ['acme', 'other']) rests.used(org);
  rests.spent('acme', 1, 'done');
  const turn = turns.of('acme', 'key');
  expect(turn).toBeDefined();
  expect(turns.of('other', 'key')).toBeUndefined();
  let isOver = false;
  void turn?.then(() => {
    isOver = true;
  });
  for (let i = 0; i < 4; i++) await turnOfTheLoop();
  expect(isOver).toBe(false);
  clock.now += 3;
  await turn;
});
