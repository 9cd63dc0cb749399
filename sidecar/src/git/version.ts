// The git that is asked for.

/** The first with everything that the sidecar asks of it. */
export const GIT_MINIMUM = [2, 34] as const;

export function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, ownMajor = '0', ownMinor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(ownMajor) > major || (Number(ownMajor) === major && Number(ownMinor) >= minor);
}
