// JSON merge patch (RFC 7396): objects are merged, null takes a field away, anything else replaces what was there.

/** `target` stays as it is. A section that has nothing left in it goes too; undefined when nothing is left at all. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (patch === null) return undefined;
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    const value = mergePatch(merged.get(name), change);
    if (value === undefined) merged.delete(name);
    else merged.set(name, value);
  }
  return merged.size === 0 ? undefined : Object.fromEntries(merged);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
