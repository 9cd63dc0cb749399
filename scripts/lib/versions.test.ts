import { describe, expect, it } from 'vitest';
import { compareVersions, formatVersion, parseVersion } from './versions.mjs';

describe('versions', () => {
  it.each([
    ['nats-server: v2.10.27', '2.10.27'],
    ['git version 2.39.5', '2.39.5'],
    ['git version 2.39.5 (Apple Git-154)', '2.39.5'],
    ['2.9.10-1+b3', '2.9.10'],
    ['5:7.0.15-1~deb12u7', '7.0.15'],
    ['1:8.1-2', '8.1.0'],
    ['20.19.0', '20.19.0'],
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', '7.0.15'],
    ['v2.12.0-preview.1', '2.12.0'],
  ])('are read from %s', (text, version) => {
    const parsed = parseVersion(text);
    expect(parsed && formatVersion(parsed)).toBe(version);
  });

  it.each(['', 'no version here', '7'])('are not seen in %j', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('are compared as numbers, not as text', () => {
    expect(compareVersions([2, 9, 99], [2, 10, 0])).toBeLessThan(0);
    expect(compareVersions([3, 0, 0], [2, 99, 99])).toBeGreaterThan(0);
    expect(compareVersions([2, 10, 2], [2, 10, 10])).toBeLessThan(0);
    expect(compareVersions([2, 10, 0], [2, 10, 0])).toBe(0);
  });
});
