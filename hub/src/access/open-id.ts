// Signing in at an identity provider by OpenID Connect: the authorization code flow with PKCE, state and nonce. The library is loaded when the
// first person signs in this way.

import { AsyncLocalStorage } from 'node:async_hooks';
import { beginRequest, MEMBER_ROLES, type MemberRole, type Tracer } from '@agentcom/schemas';
import { LRUCache } from 'lru-cache';
import type { Configuration, CustomFetch } from 'openid-client';
import { Refusal } from '../core/refusal.js';
import type { Sealer } from './sealing.js';

/** How long somebody may take at the provider. */
const FLOW_MS = 10 * 60_000;
/** How many of those that came back are remembered. */
const USED_FLOWS = 16_384;
/** For each request to the provider. */
const TIMEOUT_SECONDS = 10;
const SCOPE = 'openid email profile';
const ABOUT = 'openid';
const NAME_CHARS = 100;
const SUBJECT_CHARS = 255;

export interface OpenIdSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Of e-mail addresses; none: all that the provider has verified. */
  readonly domains: readonly string[];
  /** Where new people become members. */
  readonly org: string;
  /** Of new people; without it only those come in who are members or invited. */
  readonly role: MemberRole | undefined;
  /** The claim that names roles. */
  readonly roleClaim: string | undefined;
}

/** Who the provider says it is, judged by the settings. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** In lower case, verified by the provider. */
  readonly email: string;
  readonly name: string;
  readonly org: string;
  /** For people who are not members yet. */
  readonly role?: MemberRole;
  /** From the claim, if it names a role. */
  readonly claimed?: MemberRole;
}

/** What is kept at the browser, sealed, while somebody is at the provider. */
interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly redirectUri: string;
  readonly endsAt: number;
}

export interface OpenIdParts {
  readonly settings: OpenIdSettings;
  readonly sealer: Sealer;
  readonly now: () => number;
  /** Undefined while traces are off. */
  readonly tracer?: Tracer | undefined;
  /** For the log; holds neither tokens nor secrets. */
  readonly onFailed: (reason: string) => void;
}

type Library = typeof import('openid-client');
type Claims = Readonly<Record<string, unknown>>;

export class OpenId {
  readonly #parts: OpenIdParts;
  /** By their states: a copy of the cookie is good for nothing once its browser has come back. */
  readonly #used = new LRUCache<string, true>({ max: USED_FLOWS });
  /** The span of the request that the provider is asked in: the library hands nothing through. */
  readonly #span = new AsyncLocalStorage<string | undefined>();
  #provider: Promise<{ readonly library: Library; readonly provider: Configuration }> | undefined;

  constructor(parts: OpenIdParts) {
    this.#parts = parts;
  }

  /** Where to send the browser, and what it must bring back. What is asked of the provider lies under the span `traceparent`, as below. */
  begin(callback: string, traceparent?: string): Promise<{ readonly url: string; readonly flow: string } | Refusal> {
    return this.#span.run(traceparent, () => this.#begin(callback));
  }

  /** @param answer  what the provider sent back by the browser */
  finish(
    sealed: string | undefined,
    answer: Readonly<Record<string, string>>,
    traceparent?: string,
  ): Promise<Identity | Refusal> {
    return this.#span.run(traceparent, () => this.#finish(sealed, answer));
  }

  async #begin(callback: string): Promise<{ readonly url: string; readonly flow: string } | Refusal> {
    const { sealer, now } = this.#parts;
    // As the library writes it when it comes back.
    const { href: redirectUri } = new URL(callback);
    try {
      const { library, provider } = await this.#discovered();
      const verifier = library.randomPKCECodeVerifier();
      const [state, nonce] = [library.randomState(), library.randomNonce()];
      const { href: url } = library.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: SCOPE,
        state,
        nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      const flow: Flow = { state, nonce, verifier, redirectUri, endsAt: now() + FLOW_MS };
      return { url, flow: sealer.seal(JSON.stringify(flow), ABOUT) };
    } catch (error) {
      return this.#unavailable(error);
    }
  }

  async #finish(sealed: string | undefined, answer: Readonly<Record<string, string>>): Promise<Identity | Refusal> {
    const { sealer, settings, now } = this.#parts;
    const opened = sealed === undefined ? undefined : sealer.open(sealed, ABOUT);
    const flow = opened === undefined ? undefined : (JSON.parse(opened) as Flow);
    if (flow === undefined || flow.endsAt <= now() || flow.state !== answer.state) {
      return flowOver();
    }
    if (this.#used.has(flow.state)) return flowOver();
    this.#used.set(flow.state, true);
    const { state: expectedState, nonce: expectedNonce, verifier: pkceCodeVerifier, redirectUri } = flow;
    const provided = await this.#discovered().catch((error: unknown) => this.#unavailable(error));
    if (provided instanceof Refusal) return provided;
    const { library, provider } = provided;
    try {
      const url = new URL(`${redirectUri}?${new URLSearchParams(answer)}`);
      const tokens = await library.authorizationCodeGrant(provider, url, {
        expectedState,
        expectedNonce,
        pkceCodeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims() as Claims & { readonly sub: string };
      const isWhole = claims.email !== undefined && (settings.roleClaim ?? 'email') in claims;
      const more = isWhole ? {} : await library.fetchUserInfo(provider, tokens.access_token, claims.sub);
      return identityOf(settings, { ...more, ...claims });
    } catch (error) {
      this.#parts.onFailed(reasonOf(error));
      return new Refusal('oidc.refused', 'the identity provider did not confirm who you are');
    }
  }

  /** Looked up once, and again after it failed. */
  #discovered(): Promise<{ readonly library: Library; readonly provider: Configuration }> {
    this.#provider ??= this.#discover().catch((error: unknown) => {
      this.#provider = undefined;
      throw error;
    });
    return this.#provider;
  }

  async #discover() {
    const { issuer, clientId, clientSecret } = this.#parts.settings;
    const library = await import('openid-client');
    const authentication = clientSecret === undefined ? library.None() : library.ClientSecretBasic(clientSecret);
    // By http only where nobody is in between; `openIdSettings` looks after that.
    const options = new URL(issuer).protocol === 'http:' ? { execute: [library.allowInsecureRequests] } : {};
    const provider = await library.discovery(new URL(issuer), clientId, {}, authentication, {
      ...options,
      timeout: TIMEOUT_SECONDS,
      ...(this.#parts.tracer !== undefined && { [library.customFetch]: this.#fetch }),
    });
    return { library, provider };
  }

  readonly #fetch: CustomFetch = async (url, { method, headers, ...options }) => {
    const span = beginRequest(this.#parts.tracer, { method, url, parent: this.#span.getStore() });
    try {
      const request = { ...options, method, headers: { ...headers, ...span.headers } };
      const answer = await fetch(url, request as RequestInit);
      span.end(answer.status);
      return answer;
    } catch (error) {
      span.end('unreachable');
      throw error;
    }
  };

  #unavailable(error: unknown): Refusal {
    this.#parts.onFailed(reasonOf(error));
    return new Refusal('oidc.unavailable', 'the identity provider cannot be reached');
  }
}

function flowOver(): Refusal {
  return new Refusal('oidc.flow_over', 'the sign-in took too long, began in another browser, or is over');
}

/** The claims, judged by the settings: only an address counts that the provider has verified. */
export function identityOf(settings: OpenIdSettings, claims: Claims): Identity | Refusal {
  const { sub, email, email_verified: isVerified, name } = claims;
  if (typeof sub !== 'string' || sub.length === 0 || sub.length > SUBJECT_CHARS)
    return new Refusal('oidc.refused', 'the identity provider gave no subject');
  if (typeof email !== 'string' || isVerified !== true || !/^[^\s@]{1,64}@[^\s@]{1,189}$/.test(email))
    return new Refusal('oidc.email_refused', 'the identity provider gave no e-mail address that it has verified');
  const address = email.toLowerCase();
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (settings.domains.length > 0 && !settings.domains.some((one) => one.toLowerCase() === domain))
    return new Refusal('oidc.email_refused', 'people with an e-mail address of this domain do not sign in here');
  const claimed = settings.roleClaim === undefined ? undefined : highestRole(claims[settings.roleClaim]);
  const role = claimed ?? settings.role;
  const given = typeof name === 'string' ? name.replace(/\p{Cc}/gu, '').trim() : '';
  return {
    issuer: settings.issuer,
    subject: sub,
    email: address,
    name: (given || address.slice(0, address.lastIndexOf('@'))).slice(0, NAME_CHARS),
    org: settings.org,
    ...(role !== undefined && { role }),
    ...(claimed !== undefined && { claimed }),
  };
}

/** Of those that a claim names, one or a list. */
function highestRole(named: unknown): MemberRole | undefined {
  const names: readonly unknown[] = Array.isArray(named) ? named : [named];
  return MEMBER_ROLES.find((role) => names.includes(role));
}

/** Error classes of the library carry answers of the provider, so only their words are taken. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, error: said } = error as { code?: unknown; error?: unknown };
  return [error.message, code, said].filter((part) => typeof part === 'string').join(': ');
}
