// Which requests the service worker answers from what it keeps, and how. Pure. It keeps the page and what the page is made of, and never an answer
// of the API.

export type Answering = 'page' | 'asset' | 'network';

/** What the hub answers itself, and no page does. */
const NOT_PAGES = /^\/(?:api|join|ws|sign-in\/oidc|livez|readyz|healthz|metrics)(?:\/|$)/;

export function answering(
  { method, mode, url }: { readonly method: string; readonly mode: string; readonly url: string },
  origin: string,
): Answering {
  const { pathname, origin: of } = new URL(url);
  if (method !== 'GET' || of !== origin || NOT_PAGES.test(pathname)) return 'network';
  if (pathname.startsWith('/assets/')) return 'asset';
  return mode === 'navigate' ? 'page' : 'network';
}
