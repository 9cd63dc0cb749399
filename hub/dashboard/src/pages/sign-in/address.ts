// What the address of the page to sign in says. The secret of a link stands behind the `#`, which a browser sends to nobody.

/** Under which a tab keeps the address of the page while somebody is at the identity provider, which sends nobody back with it. */
const KEPT = 'agentcom.sign-in';

export type Entry =
  | { readonly kind: 'password'; readonly org?: string }
  | { readonly kind: 'link' | 'reset' | 'invitation'; readonly token: string }
  | { readonly kind: 'refused'; readonly code: string };

export function entryOf(hash: string): Entry {
  const [mode = '', value = ''] = hash.replace(/^#/, '').split('=');
  switch (mode) {
    case 'sign-in':
      return { kind: 'link', token: value };
    case 'reset':
    case 'invitation':
      return { kind: mode, token: value };
    case 'refused':
      return { kind: 'refused', code: value };
    case 'org':
      return { kind: 'password', org: value };
    default:
      return { kind: 'password' };
  }
}

/** Where to go from there: a path of ours, whatever the address asks for. */
export function destinationOf(search: string): string {
  const to = new URLSearchParams(search).get('to') ?? '/';
  return /^\/(?![/\\])/.test(to) && !to.startsWith('/sign-in') ? to : '/';
}

/** What an address of the page to sign in says, with what was meant before the identity provider sent the browser back. */
export function arrivalOf(
  { hash, search }: { readonly hash: string; readonly search: string },
  kept: string | null,
): { readonly entry: Entry; readonly to: string } {
  const entry = entryOf(hash);
  const before = new URLSearchParams(kept ?? '');
  const org = before.get('org');
  const isPlain = entry.kind === 'password' && entry.org === undefined;
  return {
    entry: isPlain && org !== null ? { kind: 'password', org } : entry,
    to: destinationOf(search === '' ? `?${before}` : search),
  };
}

/** Leaves for the identity provider. */
export function keepArrival(to: string, org: string | undefined): void {
  try {
    sessionStorage.setItem(KEPT, String(new URLSearchParams({ to, ...(org !== undefined && { org }) })));
  } catch {
    // A browser that keeps nothing comes back to the first page.
  }
}

/** Once: whoever comes again comes for something else. */
export function takeArrival(): string | null {
  try {
    const kept = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    return kept;
  } catch {
    return null;
  }
}
