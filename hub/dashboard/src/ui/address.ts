// The state of a page is in its address, so that it can be kept, shared and gone back to.

import { useCallback } from 'preact/hooks';
import { useLocation } from 'preact-iso';

export type Changes = Readonly<Record<string, string | undefined>>;

/** The path with these values of its query; undefined and '' take one away. Pure. */
export function addressWith(url: string, changes: Changes): string {
  const [path = '', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  // A colon or comma may stand there as it is, and reads better.
  const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return text === '' ? path : `${path}?${text}`;
}

/** What the query of the address says, and how to change it; `back` makes it a step that one can go back. */
export function useAddress(): {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly change: (changes: Changes, back?: boolean) => void;
} {
  const { query, route } = useLocation();
  const change = useCallback(
    (changes: Changes, back = false) => route(addressWith(location.pathname + location.search, changes), !back),
    [route],
  );
  return { query, change };
}
