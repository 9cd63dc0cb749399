import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson, decodeJsonText } from './json.js';
import { LIMITS } from './limits.js';

const bytes = (text: string) => new TextEncoder().encode(text);

function refusal(input: Uint8Array | string) {
  const decoded = typeof input === 'string' ? decodeJsonText(input) : decodeJson(input);
  return decoded.ok ? 'accepted' : decoded.details.map(({ path, message }) => `${path}: ${message}`).join('; ');
}

function nested(levels: number) {
  return `${'['.repeat(levels)}1${']'.repeat(levels)}`;
}

describe('decodeJson', () => {
  it('returns what was encoded', () => {
    const value = { a: [1, 'ü😀', null, { b: true }], c: -1.5e3 };
    expect(decodeJson(bytes(JSON.stringify(value)))).toEqual({ ok: true, value });
    expect(decodeJson(bytes('"\\ud83d\\ude00"'))).toEqual({ ok: true, value: '😀' });
  });

  it.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['an encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut-off character', [0x22, 0xf0, 0x9f, 0x98]],
    ['Latin-1', [0x22, 0xe4, 0x22]],
  ])('refuses %s', (_, input) => {
    expect(refusal(Uint8Array.from(input))).toBe(': is not UTF-8');
  });

  it.each(['', '  ', '{', '{"a":1,}', 'undefined', "{'a':1}", '{"a":1}{}', 'NaN', '\ufeff{}'])('refuses %j', (text) => {
    expect(refusal(bytes(text))).toMatch(/^: is (not JSON|empty)/);
  });

  it('takes as many levels as the limit says and not one more', () => {
    expect(refusal(nested(LIMITS.jsonDepth))).toBe('accepted');
    expect(refusal(nested(LIMITS.jsonDepth + 1))).toContain('nested deeper than');
    expect(refusal(nested(100_000))).toContain('nested deeper than');
    expect(refusal(`{"data":${nested(LIMITS.jsonDepth)}}`)).toMatch(/^\/data\/0.*nested deeper than/);
  });

  it('refuses keys that reach into prototypes, wherever and however they are written', () => {
    expect(refusal('{"data":[{"__proto__":{"role":"owner"}}]}')).toBe('/data/0/__proto__: is not an allowed key');
    expect(refusal('{"\\u005f_proto__":1}')).toBe('/__proto__: is not an allowed key');
  });

  it('refuses half characters in texts and in keys, and names where', () => {
    expect(refusal('{"a/b":["\\ud800"]}')).toMatch(/^\/a~1b\/0: contains half/);
    expect(refusal('{"\\udc00":1}')).toContain('contains half');
  });

  it('refuses numbers that would not survive', () => {
    expect(refusal('{"data":{"n":1e999}}')).toBe('/data/n: is out of range');
  });

  it.each([
    ['{"a":1,"a":1}', '/a'],
    ['{"a":{"b":[{},{"c":1,"d":":","c" : 2}]}}', '/a/b/1/c'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['[{"x":1},{"x":1,"y":"\\\\","x":"}"}]', '/1/x'],
    [`{"a":1,"a"${' '.repeat(500)}:2}`, ''],
  ])('refuses a key that stands twice: %s', (text, path) => {
    expect(refusal(text)).toBe(`${path}: is given more than once`);
  });

  it('takes for keys only what are keys, whatever stands in texts', () => {
    fc.assert(
      fc.property(fc.json({ depthSize: 'medium' }), fc.integer({ min: 0, max: 4 }), (text, indent) => {
        const value = JSON.parse(text) as unknown;
        if (text.includes('__proto__')) return;
        expect(decodeJsonText(JSON.stringify(value, null, indent)).ok).toBe(true);
      }),
    );
    for (const key of ['"', '\\', '\\"', ':', '":', '{"a":1,"a":2}', '\\\\":"'])
      expect(decodeJsonText(JSON.stringify({ [key]: { [key]: [key, { b: key }] } })).ok).toBe(true);
  });

  it('keeps the path of a finding short when the keys are long', () => {
    expect(refusal(`{"${'k'.repeat(10_000)}":{"__proto__":1}}`).length).toBeLessThan(400);
  });
});
