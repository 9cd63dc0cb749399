import { describe, expect, it } from 'vitest';
import { sizeOf } from './storage.js';

const state = { messages: 100, bytes: 1_000, first_seq: 51 };

describe('the size of a stream', () => {
  it('holds nothing in vain when all of it is needed', () => {
    expect(sizeOf(state, 1_000, 0)).toEqual({ messages: 100, bytes: 1_000, diskBytes: 1_000, heldBytes: 0 });
  });

  it('counts what the snapshots supersede, by the share of its messages', () => {
    expect(sizeOf(state, undefined, 76)).toEqual({ messages: 100, bytes: 1_000, heldBytes: 250 });
    expect(sizeOf(state, undefined, 9_999).heldBytes).toBe(1_000);
  });

  it('counts what purged data still takes in files, and nothing where these are compressed', () => {
    expect(sizeOf(state, 1_700, 0).heldBytes).toBe(700);
    expect(sizeOf(state, 400, 0).heldBytes).toBe(0);
    expect(sizeOf({ messages: 0, bytes: 0, first_seq: 7 }, 300, 99).heldBytes).toBe(300);
  });
});
