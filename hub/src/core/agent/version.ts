// Whether a sidecar is older than the hub. It is only ever said, never a reason to refuse one: what must agree is the subprotocol.

/** Older by its major or minor number; a version that cannot be read is not. */
export function isOutdated(version: string, hubVersion: string): boolean {
  const [own, hub] = [numbersOf(version), numbersOf(hubVersion)];
  if (own === null || hub === null) return false;
  return own.major < hub.major || (own.major === hub.major && own.minor < hub.minor);
}

/** For whoever runs the machine; null when there is nothing to say. */
export function versionNotice(version: string, hubVersion: string): string | null {
  if (!isOutdated(version, hubVersion)) return null;
  return `this sidecar has version ${version}, but the hub has ${hubVersion}; join again to update the sidecar`;
}

function numbersOf(version: string): { readonly major: number; readonly minor: number } | null {
  const match = /^\s*v?(\d{1,6})\.(\d{1,6})/i.exec(version);
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]) };
}
