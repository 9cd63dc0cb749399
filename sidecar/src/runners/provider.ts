// How a turn reaches the provider of its model: as its tool is signed in on this machine, by one of several accounts, or through a gateway of the operator's.

import type { RunnerKind, SidecarSettings } from '@agentcom/schemas';
import { codeOf, readBounded } from '@agentcom/schemas/host';
import type { RunnerChoice } from '../core/attempt.js';
import { KNOWN_CHARS_MIN } from '../core/mask.js';
import { credentialPlaces } from './credential-files.js';
import type { Environment } from './environment.js';
import type { GatewayUse } from './kind.js';
import { KINDS } from './kinds/index.js';

type RunnerSettings = Pick<SidecarSettings['runner'], 'kind' | 'accounts' | 'gateway'>;
type GatewaySettings = Pick<SidecarSettings['runner'], 'gateway'>;
type Gateway = SidecarSettings['runner']['gateway'];

const TOKEN_BYTES_MAX = 16 * 1024;
/** Without one of its own, a tool would send the gateway what it is signed in with at its provider. */
const NO_TOKEN = 'no-token-configured';

export interface Provider {
  /** The address of the gateway, null without one. */
  readonly gateway: string | null;
  /** What the tool gets for it, and names of the sidecar's environment that it must not get. */
  readonly env: Readonly<Record<string, string>>;
  readonly without: readonly string[];
  /** How a person signs in; undefined: as always with this kind. */
  readonly signInHint?: string;
}

/** A turn cannot reach its provider; the message says what to do. */
export class NoProvider extends Error {
  override readonly name = 'NoProvider';
}

/** Throws `NoProvider` when the token cannot be had, or the account is not there any more. */
export function providerFor(
  { kind, accounts }: Pick<RunnerChoice, 'kind' | 'accounts'>,
  runner: RunnerSettings,
  env: Environment,
): Provider {
  const { url, tokenVariable } = runner.gateway;
  const { gateway: use, signedIn, signInHint } = KINDS.get(kind) ?? {};
  const without = tokenVariable === undefined ? [] : [tokenVariable];
  // The keys of its own provider are not the gateway's business, and would stand in for every account.
  const withoutKeys = [...without, ...(signedIn?.env ?? [])];
  if (accounts !== undefined) {
    const [name] = accounts.names;
    const own = accountsOf(kind, runner).find((one) => one.name === name);
    if (own === undefined) throw new NoProvider(`the account ${name} is not in runner.accounts any more`);
    const hint = `with ${own.variable}=${own.home} in the environment, ${signInHint}`;
    return { gateway: null, env: { [own.variable]: own.home }, without: withoutKeys, signInHint: hint };
  }
  if (url === undefined || use === undefined) return { gateway: null, env: {}, without };
  return {
    gateway: gatewayRoot(url),
    env: { [use.tokenVariable]: gatewayToken(runner.gateway, env) ?? NO_TOKEN },
    without: withoutKeys,
    signInHint: tokenHint(runner.gateway),
  };
}

export interface Account {
  readonly name: string;
  readonly home: string;
  /** That names its directory to its tool. */
  readonly variable: string;
}

/** In their order; none for a kind without several. */
export function accountsOf(kind: RunnerKind, runner: RunnerSettings): readonly Account[] {
  const variable = KINDS.get(kind)?.accountVariable;
  if (variable === undefined) return [];
  const own = runner.accounts.filter((account) => (account.kind ?? runner.kind) === kind);
  return own.map(({ name, home }) => ({ name, home, variable }));
}

/** The files by whose change somebody may have signed in, beside those where a tool usually keeps it. */
export function ownCredentialFiles(runner: RunnerSettings): readonly string[] {
  const { tokenFile } = runner.gateway;
  const ofAccounts = [...KINDS.values()].flatMap(({ kind, signedIn }) =>
    accountsOf(kind, runner).flatMap(({ variable, home }) => {
      const files = signedIn.files.filter((file) => file.variable === variable);
      return credentialPlaces(files, { [variable]: home }, home).map(({ path }) => path);
    }),
  );
  return [...(tokenFile === undefined ? [] : [tokenFile]), ...ofAccounts];
}

/** As tools put `/v1/…` behind it. */
export function gatewayRoot(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Undefined when none is configured. Throws `NoProvider` when it cannot be had. */
export function gatewayToken(gateway: Gateway, env: Environment): string | undefined {
  const { tokenFile, tokenVariable } = gateway;
  const token = tokenFile === undefined ? tokenVariable && (env[tokenVariable] ?? '') : readToken(tokenFile);
  if (token === undefined) return undefined;
  if (token === '') throw new NoProvider(`the token for the gateway is missing: ${tokenHint(gateway)}`);
  if (/[^\x21-\x7e]/.test(token))
    throw new NoProvider('the token for the gateway has spaces, line breaks or other characters that no token has');
  return token;
}

/** Values to be masked, whatever the names under which they are kept. */
export function gatewaySecrets({ gateway }: GatewaySettings, env: Environment): readonly string[] {
  try {
    const token = gatewayToken(gateway, env);
    return token === undefined || token.length < KNOWN_CHARS_MIN ? [] : [token];
  } catch (error) {
    if (error instanceof NoProvider) return [];
    throw error;
  }
}

/** Of the kinds that have one, those that a gateway serves here. */
export function gatewayUseOf(kind: RunnerKind, { gateway }: GatewaySettings): GatewayUse | undefined {
  return gateway.url === undefined ? undefined : KINDS.get(kind)?.gateway;
}

function readToken(file: string): string {
  try {
    return readBounded(file, TOKEN_BYTES_MAX).toString('utf8').trim();
  } catch (error) {
    throw new NoProvider(`the token for the gateway cannot be read: ${file} (${codeOf(error) ?? String(error)})`);
  }
}

function tokenHint({ tokenFile, tokenVariable }: Gateway): string {
  if (tokenFile !== undefined) return `put a valid token of the gateway into ${tokenFile}`;
  if (tokenVariable !== undefined)
    return `set ${tokenVariable} to a valid token of the gateway and restart the sidecar`;
  return 'the gateway wants a token: set runner.gateway.tokenFile';
}
