// What the address of the page to sign in says. The secret of a link stands behind the `#`, which a browser sends to nobody. Pure.

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
