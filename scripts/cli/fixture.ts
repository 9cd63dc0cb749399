// For tests: a hub that takes what the schemas of the routes allow, refuses everything else as a real one does, and answers with examples.

import { ROUTES, type Route, type RouteName, schemasByName } from '@agentcom/schemas';
import { examplesByName } from '@agentcom/schemas/examples/index';
import { compiler } from '@agentcom/schemas/validate';
import { problem, type Received, type Reply, type TestHub, testHub } from './testing.js';

const compileInput = compiler('input');
const compileQuery = compiler('query');

/** `answers` stands in for an example where a test wants something else. */
export function schemaHub(answers: Partial<Record<RouteName, (request: Received) => Reply>> = {}): Promise<TestHub> {
  return testHub((request) => {
    const found = routeOf(request);
    if (found === undefined) return problem(404, 'request.not_found', `no route for ${request.method} ${request.url}`);
    const { name, route, path } = found;
    const query: Record<string, string | string[]> = {};
    const { searchParams } = new URL(request.url, 'http://hub');
    for (const key of new Set(searchParams.keys())) {
      const values = searchParams.getAll(key);
      query[key] = values.length === 1 ? (values[0] as string) : values;
    }
    const parts = [
      ['path', route.path === undefined ? undefined : compileInput(route.path)(path)],
      ['query', route.query === undefined ? emptyOnly(query) : compileQuery(route.query)(query)],
      ['body', route.body === undefined ? undefined : compileInput(route.body)(request.body ?? {})],
    ] as const;
    for (const [what, checked] of parts) {
      if (checked?.ok === false)
        return problem(400, 'request.invalid', `the ${what} is not valid`, { errors: checked.details });
    }
    return answers[name]?.(request) ?? example(route);
  });
}

function emptyOnly(query: object) {
  const names = Object.keys(query);
  return { ok: names.length === 0, details: names.map((name) => ({ path: `/${name}`, message: 'unknown' })) };
}

function routeOf({ method, url }: Received) {
  const path = url.replace(/\?.*$/, '').split('/');
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const pattern = route.url.split('/');
    if (route.method !== method || pattern.length !== path.length) continue;
    if (!pattern.every((part, i) => part.startsWith(':') || part === path[i])) continue;
    const values = pattern.flatMap((part, i) =>
      part.startsWith(':') ? [[part.slice(1), decodeURIComponent(path[i] ?? '')] as const] : [],
    );
    return { name: name as RouteName, route, path: Object.fromEntries(values) };
  }
  return undefined;
}

function example({ status, answer }: Route): Reply {
  if (answer === undefined) return { status };
  const name = Object.keys(schemasByName).find((one) => schemasByName[one] === answer);
  return { status, body: examplesByName[name ?? '']?.valid[0] ?? { items: [], nextCursor: null } };
}
