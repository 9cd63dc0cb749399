// Which methods a path has, for requests with another one.

import { ROUTES, type Route } from '@agentcom/schemas';

const PATHS = pathsOf(Object.values<Route>(ROUTES));

/** As the `Allow` header has them; undefined for a path of no route. */
export function methodsOf(url: string): string | undefined {
  const [path = ''] = url.split('?');
  const methods = PATHS.filter(({ pattern }) => pattern.test(path)).flatMap((known) => [...known.methods]);
  return methods.length === 0 ? undefined : [...new Set(methods)].sort().join(', ');
}

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

function pathsOf(routes: readonly Route[]): readonly KnownPath[] {
  const methods = new Map<string, Set<string>>();
  for (const { url, method } of routes) {
    const known = methods.get(url) ?? new Set();
    known.add(method);
    if (method === 'GET') known.add('HEAD');
    methods.set(url, known);
  }
  return [...methods].map(([url, known]) => ({ pattern: patternOf(url), methods: known }));
}

function patternOf(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
