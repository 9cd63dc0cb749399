import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from './turns.js';

it('lets an organisation begin one request in each turn, in order, and keeps nobody else waiting', async () => {
  const turns = new Turns();
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

it('does the large work of an organisation piece after piece, whatever becomes of each, and that of others meanwhile', async () => {
  const turns = new Turns();
  const steps: string[] = [];
  const gates = new Map<string, (outcome: 'done' | 'failed') => void>();
  const work = (name: string) => () => {
    steps.push(name);
    return new Promise<void>((resolve, reject) => {
      gates.set(name, (outcome) => (outcome === 'done' ? resolve() : reject(new Error(outcome))));
    });
  };
  const first = turns.alone('a', work('a1'));
  const second = turns.alone('a', work('a2'));
  const third = turns.alone('a', work('a3'));
  const others = turns.alone('b', work('b1'));
  expect(steps).toEqual(['a1', 'b1']);
  gates.get('a1')?.('failed');
  await expect(first).rejects.toThrow('failed');
  await turnOfTheLoop();
  await turnOfTheLoop();
  expect(steps).toEqual(['a1', 'b1', 'a2']);
  gates.get('a2')?.('done');
  await second;
  await turnOfTheLoop();
  await turnOfTheLoop();
  expect(steps).toEqual(['a1', 'b1', 'a2', 'a3']);
  for (const name of ['a3', 'b1']) gates.get(name)?.('done');
  await Promise.all([third, others]);
});

it('does not keep large work waiting for what hangs', async () => {
  const turns = new Turns();
  void turns.alone('a', () => new Promise(() => undefined));
  expect(await turns.alone('a', async () => 'done')).toBe('done');
});

it('serves the callers of an organisation in rotation', async () => {
  const turns = new Turns();
  const begun: string[] = [];
  const begin = (caller: string, name: string) =>
    void (turns.of('acme', caller) ?? Promise.resolve()).then(() => begun.push(name));
  for (const name of ['a1', 'a2', 'a3', 'a4']) begin('a', name);
  begin('b', 'b1');
  for (let i = 0; i < 6; i++) await turnOfTheLoop();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'a4']);
});
