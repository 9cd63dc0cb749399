import { describe, expect, it } from 'vitest';
import { CommandError, EXIT } from './exit.js';
import { Output } from './output.js';
import { testWorld } from './testing.js';
import { duration, printable, shellWord } from './text.js';

function output(options: Parameters<typeof testWorld>[0] = {}): Output {
  return new Output(testWorld(options), false);
}

describe('colour', () => {
  it('is there on a terminal only, and not where the environment asks for none', () => {
    expect(output({ isTerminal: true }).colours.isColorSupported).toBe(true);
    expect(output().colours.isColorSupported).toBe(false);
    expect(output({ isTerminal: true, env: { NO_COLOR: '1' } }).colours.isColorSupported).toBe(false);
    expect(output({ isTerminal: true, env: { TERM: 'dumb' } }).colours.isColorSupported).toBe(false);
  });
});

describe('texts', () => {
  it('lose control characters but keep their lines', () => {
    expect(printable('a\r\nb\tc\u001b[31m\u0000')).toBe('a\nb\tc·[31m·');
  });

  it('of an error and of JSON move no cursor either', () => {
    const world = testWorld();
    new Output(world, false).error(new CommandError(EXIT.failed, 'a\u001b[2J', 'b\u009bm'));
    expect(world.err()).toContain('a·[2J: b·m');
    const json = testWorld();
    new Output(json, true).answer({ title: 'a\u009b\u202eb' }, () => '');
    expect(json.out()).toBe('{"title":"a\\u009b\\u202eb"}\n');
    expect(JSON.parse(json.out())).toEqual({ title: 'a\u009b\u202eb' });
  });

  it.each([
    [350, '350 ms'],
    [4200, '4.2 s'],
    [42_000, '42 s'],
    [180_000, '3 min'],
    [7_500_000, '2 h 5 min'],
    [90_000_000, '1 d 1 h'],
  ])('say %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('are one word for a shell', () => {
    expect(shellWord('/a/b-c.toml')).toBe('/a/b-c.toml');
    expect(shellWord("it's $HOME")).toBe("'it'\\''s $HOME'");
  });
});
