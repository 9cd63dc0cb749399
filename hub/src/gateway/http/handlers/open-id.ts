// The routes by which people sign in at an identity provider. A browser follows them, so what goes wrong is said on the page to sign in.

import type { OpenId } from '../../../access/open-id.js';
import { flowCookie, flowOf } from '../../../access/session-cookie.js';
import { Refusal } from '../../../core/refusal.js';
import type { Handlers, RouteReply, RouteRequest } from '../handler.js';
import { hubAddress } from '../hub-address.js';
import { openSession, type SessionParts } from './open-session.js';

export interface OpenIdRouteParts extends SessionParts {
  /** Undefined where none is set up. */
  readonly openId: OpenId | undefined;
  readonly now: () => number;
  readonly publicUrl: string | undefined;
}

type OpenIdHandlers = Pick<Handlers, 'oidc.begin' | 'oidc.callback'>;

export function openIdHandlers(parts: OpenIdRouteParts): OpenIdHandlers {
  const { openId, publicUrl } = parts;
  return {
    'oidc.begin': async ({ origin, traceparent }) => {
      const hub = hubAddress(publicUrl, origin);
      if (hub instanceof Refusal) return hub;
      if (openId === undefined) return notSetUp();
      const begun = await openId.begin(`${hub}/sign-in/oidc/callback`, traceparent);
      if (begun instanceof Refusal) return backTo(hub, begun);
      return redirect(begun.url, [flowCookie('oidc', begun.flow, origin.startsWith('https:'))]);
    },

    'oidc.callback': async (request) => {
      const { origin, cookie, query } = request;
      const hub = hubAddress(publicUrl, origin);
      if (hub instanceof Refusal) return hub;
      if (openId === undefined) return notSetUp();
      const over = flowCookie('oidc', undefined, origin.startsWith('https:'));
      const opened = await signIn(
        openId,
        request,
        flowOf('oidc', cookie, origin.startsWith('https:')),
        answerOf(query),
      );
      if (opened instanceof Refusal) {
        request.note({ code: opened.code });
        return backTo(hub, opened, [over]);
      }
      return redirect(`${hub}/sign-in`, [over, String(opened.headers?.['set-cookie'])]);
    },
  };

  async function signIn(
    openId: OpenId,
    request: RouteRequest<'oidc.callback'>,
    flow: string | undefined,
    answer: Readonly<Record<string, string>>,
  ): Promise<RouteReply | Refusal> {
    const identity = await openId.finish(flow, answer, request.traceparent);
    if (identity instanceof Refusal) return identity;
    const identified = await request.execute({ type: 'person.identify', ...identity });
    if (identified instanceof Refusal) return identified;
    return openSession(parts, request, { ...identified, proof: { method: 'oidc' } });
  }
}

/** Only what the protocol knows; providers add more. */
function answerOf({ code, state, iss, error }: RouteRequest<'oidc.callback'>['query']): Record<string, string> {
  const known = { code, state, iss, error };
  return Object.fromEntries(Object.entries(known).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function redirect(location: string, cookies: string[]): RouteReply {
  return {
    headers: { location, 'set-cookie': cookies, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  };
}

function backTo(hub: string, { code }: Refusal, cookies: string[] = []): RouteReply {
  return redirect(`${hub}/sign-in#refused=${code}`, cookies);
}

function notSetUp(): Refusal {
  return new Refusal('request.not_found', 'this hub signs nobody in at an identity provider');
}
