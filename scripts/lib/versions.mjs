// Versions as programs and packages print them, reduced to the numbers that decide.

/** @typedef {readonly [number, number, number]} Version */

/**
 * Takes the first dotted number: `nats-server: v2.10.27`, `git version 2.39.5`, `5:7.0.15-1~deb12u7` (the epoch is no version).
 * @param {string} text
 * @returns {Version | undefined}
 */
export function parseVersion(text) {
  const match = /(?<!\d|\.)(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

/**
 * @param {Version} a
 * @param {Version} b
 * @returns {number} negative when a is older than b
 */
export function compareVersions(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** @param {Version} version */
export function formatVersion(version) {
  return version.join('.');
}
