// Passkeys (WebAuthn): the challenges they sign and the check of what they signed. The library is loaded when the first one is used.

import { LRUCache } from 'lru-cache';
import type { Passkey, Person } from '../core/access/access.js';
import { Refusal } from '../core/refusal.js';
import type { Sealer } from './sealing.js';

/** How long somebody may take to answer. */
const CHALLENGE_MS = 5 * 60_000;
/** How many of those that were answered rightly are remembered. */
const USED_CHALLENGES = 16_384;
const ABOUT = 'passkey';

/** The hub as browsers know it, such as `https://hub.example.com`. */
type Address = string;
type Purpose = 'create' | 'get';

/** What is kept at the browser, sealed, until it answers. */
interface Flow {
  readonly purpose: Purpose;
  readonly challenge: string;
  /** Whose passkey is being made. */
  readonly person?: string;
  readonly endsAt: number;
}

/** All in base64url, as browsers give it. */
export interface CreatedCredential {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
}

export interface UsedCredential {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle?: string | undefined;
}

interface Challenge {
  /** For `navigator.credentials`. */
  readonly options: object;
  readonly flow: string;
}

export class Passkeys {
  readonly #sealer: Sealer;
  readonly #now: () => number;
  readonly #used = new LRUCache<string, true>({ max: USED_CHALLENGES });

  constructor(sealer: Sealer, now: () => number) {
    this.#sealer = sealer;
    this.#now = now;
  }

  /** For a new passkey of a person; the authenticator must know who uses it, by a PIN, a finger or the like. */
  async toCreate(address: Address, { id, email, name, passkeys = [] }: Person): Promise<Challenge> {
    const { generateRegistrationOptions } = await library();
    const options = await generateRegistrationOptions({
      rpName: 'AgentCom',
      rpID: hostOf(address),
      userID: new Uint8Array(Buffer.from(id)),
      userName: email,
      userDisplayName: name,
      timeout: CHALLENGE_MS,
      attestationType: 'none',
      excludeCredentials: passkeys.map(({ credential }) => ({ id: credential })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    return { options, flow: this.#seal('create', options.challenge, id) };
  }

  /** For whoever signs in; which passkeys there are, nobody is told. */
  async toSignIn(address: Address): Promise<Challenge> {
    const { generateAuthenticationOptions } = await library();
    const rpID = hostOf(address);
    const options = await generateAuthenticationOptions({ rpID, timeout: CHALLENGE_MS, userVerification: 'required' });
    return { options, flow: this.#seal('get', options.challenge) };
  }

  /** What is kept of a new passkey. */
  async created(
    address: Address,
    sealed: string | undefined,
    person: string,
    { id, clientDataJSON, attestationObject }: CreatedCredential,
  ): Promise<Pick<Passkey, 'credential' | 'publicKey' | 'counter'> | Refusal> {
    const flow = this.#open('create', sealed);
    if (flow === undefined || flow.person !== person) return refused();
    const { verifyRegistrationResponse } = await library();
    const verified = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: flow.challenge,
      expectedOrigin: originOf(address),
      expectedRPID: hostOf(address),
      requireUserVerification: true,
    }).catch(() => undefined);
    if (verified?.verified !== true) return refused();
    this.#used.set(flow.challenge, true);
    const { id: credential, publicKey, counter } = verified.registrationInfo.credential;
    return { credential, publicKey: Buffer.from(publicKey).toString('base64url'), counter };
  }

  /** The counter of the authenticator, once it is sure that the passkey is that one. */
  async used(
    address: Address,
    sealed: string | undefined,
    person: string,
    { credential, publicKey, counter }: Passkey,
    { id, userHandle, ...response }: UsedCredential,
  ): Promise<number | Refusal> {
    const flow = this.#open('get', sealed);
    if (flow === undefined || credential !== id) return refused();
    if (userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() !== person) return refused();
    const { verifyAuthenticationResponse } = await library();
    const verified = await verifyAuthenticationResponse({
      response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response },
      expectedChallenge: flow.challenge,
      expectedOrigin: originOf(address),
      expectedRPID: hostOf(address),
      requireUserVerification: true,
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter },
    }).catch(() => undefined);
    // Another request may have brought the same answer meanwhile.
    if (verified?.verified !== true || this.#used.has(flow.challenge)) return refused();
    this.#used.set(flow.challenge, true);
    return verified.authenticationInfo.newCounter;
  }

  #seal(purpose: Purpose, challenge: string, person?: string): string {
    const flow: Flow = {
      purpose,
      challenge,
      endsAt: this.#now() + CHALLENGE_MS,
      ...(person !== undefined && { person }),
    };
    return this.#sealer.seal(JSON.stringify(flow), ABOUT);
  }

  /** Undefined where it is over, was used, or is of something else. */
  #open(purpose: Purpose, sealed: string | undefined): Flow | undefined {
    const opened = sealed === undefined ? undefined : this.#sealer.open(sealed, ABOUT);
    if (opened === undefined) return undefined;
    const flow = JSON.parse(opened) as Flow;
    if (flow.purpose !== purpose || flow.endsAt <= this.#now() || this.#used.has(flow.challenge)) return undefined;
    return flow;
  }
}

/** The same whatever is wrong, so that nobody learns which passkeys there are. */
export function refused(): Refusal {
  return new Refusal(
    'auth.passkey_refused',
    'the passkey is unknown, or its answer came too late or from another page',
  );
}

function library() {
  return import('@simplewebauthn/server');
}

function hostOf(address: Address): string {
  return new URL(address).hostname;
}

function originOf(address: Address): string {
  return new URL(address).origin;
}
