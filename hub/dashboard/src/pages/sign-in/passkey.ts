// Signs in with a passkey, where browser and address can have any.

import type { Me } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { ApiError } from '../../api/problem.js';
import { signInTexts } from '../../texts/sign-in.js';

/** Addresses of numbers cannot have any. */
export const hasPasskeys =
  typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential &&
  !/^[\d.]+$|:/.test(location.hostname);

export async function signInWithPasskey(org: string | undefined): Promise<Me> {
  const { publicKey } = await call('session.challenge', { body: {} });
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(
    publicKey as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const made = await navigator.credentials.get({ publicKey: options }).catch(() => null);
  if (!(made instanceof PublicKeyCredential)) throw new ApiError('passkey.unused', 0, signInTexts.passkeyFailed);
  const { id, response } = made.toJSON() as AuthenticationResponseJSON;
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  const credential = { id, clientDataJSON, authenticatorData, signature, ...(userHandle && { userHandle }) };
  return call('session.passkey', { body: { credential, ...(org !== undefined && { org }) } });
}
