// What an agent sees of the sidecar's environment: the names that are allowed, and what the task adds. Never the key to the hub.

import { proxyPasswords } from '@agentcom/schemas/host/network/proxy';
import { isSecretName, KNOWN_CHARS_MIN } from '../core/mask.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const PASSED_ON: readonly string[] = [
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TERM', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ'],
  ...['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_STATE_HOME'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'GIT_SSL_CAINFO'],
];

/** By which git and ssh reach the credentials of this machine. */
const CREDENTIALS: readonly string[] = [
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'SSH_ASKPASS', 'GIT_ASKPASS', 'GIT_SSH', 'GIT_SSH_COMMAND'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR'],
];

export interface Allowance {
  /** Names beside those that are always passed on. */
  readonly passEnv: readonly string[];
  readonly credentials: 'none' | 'inherit';
  /** Nothing whose name says that it is a secret. */
  readonly withoutSecrets: boolean;
  /** Where the command `agentcom` is, for the agent. */
  readonly binDir: string;
}

/** The environment of an agent: `own` over what is passed on of `from`. */
export function agentEnvironment(
  from: Environment,
  { passEnv, credentials, withoutSecrets, binDir }: Allowance,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Set([...PASSED_ON, ...passEnv, ...(credentials === 'inherit' ? CREDENTIALS : [])]);
  const environment: Record<string, string> = {};
  for (const name of names) {
    const value = from[name];
    // Our own variables have the settings and the keys of the sidecar.
    if (value === undefined || name.startsWith('AGENTCOM_')) continue;
    if (!withoutSecrets || !isSecretName(name)) environment[name] = value;
  }
  const PATH = environment.PATH === undefined ? binDir : `${binDir}:${environment.PATH}`;
  return { ...environment, ...own, PATH };
}

/** The values in an environment that must not be shown to anybody. */
export function secretsIn(environment: Environment): string[] {
  const named = Object.entries(environment).flatMap(([name, value]) => {
    // Git's GIT_CONFIG_KEY_0 and the like are names of settings.
    const isSecret = isSecretName(name) && !name.startsWith('GIT_CONFIG_');
    return isSecret && value !== undefined ? [value] : [];
  });
  return [...named, ...proxyPasswords(environment)].filter(({ length }) => length >= KNOWN_CHARS_MIN);
}
