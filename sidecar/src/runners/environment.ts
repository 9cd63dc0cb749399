// What an agent sees of the sidecar's environment, made here for everything that is started for it: the names that are allowed, what it
// finds instead of a person at a terminal, and what the task adds. Never the key to the hub.

import { decoded, proxyPasswords } from '@agentcom/schemas/host/network/proxy';
import { isSecretAddress, isSecretName, KNOWN_CHARS_MIN } from '../core/mask.js';
import { type Signing, signingSettings, unattended } from './unattended.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PASSED_ON: readonly string[] = [
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ'],
  ...['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO'],
  // Read by the sidecar's own git too: with other line endings or filters, each would see changes in what the other wrote.
  'GIT_CONFIG_GLOBAL',
];

/** By which git and ssh reach the credentials of this machine. */
const CREDENTIALS: readonly string[] = [
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
];

/** Where the keys lie that sign. */
const SIGNING: readonly string[] = ['GNUPGHOME'];

export interface Allowance {
  /** Names beside those that are always passed on; they win over what an agent finds instead of a person. */
  readonly passEnv: readonly string[];
  /** The whole environment of the sidecar, with its editors, pagers and prompts. */
  readonly inheritEnv: boolean;
  readonly credentials: 'none' | 'inherit';
  readonly signing: Signing;
  /** Nothing whose name says that it is a secret. */
  readonly withoutSecrets: boolean;
  /** Where the command `agentcom` is, for the agent. */
  readonly binDir: string;
  /** It runs as another user than the sidecar's, to whom the worktree belongs. */
  readonly isOtherUser?: boolean;
}

/** The environment of an agent: `own` over what is passed on of `from`. */
export function agentEnvironment(
  from: Environment,
  { passEnv, inheritEnv, credentials, signing, withoutSecrets, binDir, isOtherUser = false }: Allowance,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const usual = [
    ...PASSED_ON,
    ...(credentials === 'inherit' ? CREDENTIALS : []),
    ...(signing === 'configured' ? SIGNING : []),
  ];
  const pick = (names: readonly string[]) => picked(from, names, withoutSecrets);
  const passed = pick(usual);
  const environment = {
    ...passed,
    ...unattended(passed, binDir),
    ...pick(inheritEnv ? Object.keys(from) : passEnv),
    ...own,
  };
  const PATH = environment.PATH === undefined ? binDir : `${binDir}:${environment.PATH}`;
  const trusted = isOtherUser ? [['safe.directory', '*'] as const] : [];
  return { ...withGitSettings(environment, [...signingSettings(signing, binDir), ...trusted]), PATH };
}

function picked(from: Environment, names: readonly string[], withoutSecrets: boolean): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = from[name];
    // Our own variables have the settings and the keys of the sidecar.
    if (value === undefined || name.startsWith('AGENTCOM_')) continue;
    if (!withoutSecrets || !isSecretName(name)) found[name] = value;
  }
  return found;
}

/** Behind those that the environment names already; of one setting the last counts. */
function withGitSettings(
  environment: Readonly<Record<string, string>>,
  settings: readonly (readonly [string, string])[],
): Record<string, string> {
  const before = Number.parseInt(environment.GIT_CONFIG_COUNT ?? '0', 10) || 0;
  const more = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${before + index}`, name],
    [`GIT_CONFIG_VALUE_${before + index}`, value],
  ]);
  if (more.length === 0) return { ...environment };
  return { ...environment, ...Object.fromEntries(more), GIT_CONFIG_COUNT: String(before + settings.length) };
}

/** The values in an environment that must not be shown to anybody, and the passwords in its addresses. */
export function secretsIn(environment: Environment): string[] {
  const named = Object.entries(environment).flatMap(([name, value]) => {
    // Git's GIT_CONFIG_KEY_0 and the like are names of settings.
    if (value === undefined || name.startsWith('GIT_CONFIG_')) return [];
    return isSecretName(name) || isSecretAddress(name, value) ? [value, ...passwordIn(value)] : passwordIn(value);
  });
  const all = new Set([...named, ...proxyPasswords(environment)]);
  return [...all].filter(({ length }) => length >= KNOWN_CHARS_MIN);
}

/** As it stands in the address, and as it is sent. */
function passwordIn(value: string): string[] {
  if (!value.includes('://') || !URL.canParse(value)) return [];
  const { password } = new URL(value);
  return password === '' ? [] : [password, decoded(password)];
}
