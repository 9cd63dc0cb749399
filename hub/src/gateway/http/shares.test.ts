import { describe, expect, test } from 'vitest';
import { Refusal } from '../../core/refusal.js';
import { Shares } from './shares.js';

function shares(all: number, perKey = all) {
  const held = new Shares({ all, perKey }, 'readers');
  const ended: string[] = [];
  const take = (credential: string, org: string) => held.take({ credential, org }, () => ended.push(credential));
  return { take, ended };
}

const refused = expect.objectContaining({ code: 'rate.limited', retryAfterMs: 5_000 });

describe('shares of what is held open at once', () => {
  test('are so many for a key, and come back once', () => {
    const { take } = shares(10, 2);
    const leave = take('a', 'acme');
    take('a', 'acme');
    expect(take('a', 'acme')).toEqual(refused);
    if (leave instanceof Refusal) throw leave;
    leave();
    leave();
    expect(take('a', 'acme')).toBeTypeOf('function');
    expect(take('a', 'acme')).toEqual(refused);
  });

  test('of an organisation that took all, with many keys, go to others, its oldest first', () => {
    const { take, ended } = shares(4);
    for (const key of ['e1', 'e2', 'e3', 'e4']) expect(take(key, 'evil')).toBeTypeOf('function');
    expect(take('e5', 'evil')).toEqual(refused);
    expect(take('a1', 'acme')).toBeTypeOf('function');
    expect(take('b1', 'beta')).toBeTypeOf('function');
    expect(ended).toEqual(['e1', 'e2']);
  });

  test('do not go back and forth between organisations that hold as many', () => {
    const { take, ended } = shares(4);
    for (const key of ['e1', 'e2', 'e3', 'e4']) take(key, 'evil');
    for (const key of ['a1', 'a2']) expect(take(key, 'acme')).toBeTypeOf('function');
    for (const org of ['acme', 'evil']) expect(take('x', org)).toEqual(refused);
    expect(ended).toEqual(['e1', 'e2']);
  });

  test('that gave way and are given back after it are counted once', () => {
    const { take } = shares(2);
    const leave = take('e1', 'evil');
    take('e2', 'evil');
    take('a1', 'acme');
    if (leave instanceof Refusal) throw leave;
    leave();
    expect(take('e3', 'evil')).toEqual(refused);
  });
});
