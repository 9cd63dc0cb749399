// Whom TLS trusts beside the certificates that come with Node: the file of SSL_CERT_FILE or the system's own store, and that of
// NODE_EXTRA_CA_CERTS. Read only when a certificate was not accepted without them: a whole store costs 50 ms.

import { readFileSync } from 'node:fs';
import tls, { type SecureContext } from 'node:tls';
import { codeOf } from '../error-code.js';
import type { Environment } from './proxy.js';

/** Debian and Alpine; Fedora and Red Hat; SUSE; BSD and macOS. */
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const UNKNOWN_ISSUER: ReadonlySet<string | undefined> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** A file of certificates that the environment names is not there. */
export class UnreadableTrust extends Error {}

export function isUnknownIssuer(error: unknown): boolean {
  return UNKNOWN_ISSUER.has(codeOf(error));
}

let kept: { readonly key: string; readonly context: SecureContext } | undefined;

/** Undefined when there is nobody more to trust. Throws `UnreadableTrust`. */
export function machineTrust(env: Environment): SecureContext | undefined {
  const { SSL_CERT_FILE: named = '', NODE_EXTRA_CA_CERTS: extra = '' } = env;
  const key = `${named}\n${extra}`;
  if (kept?.key === key) return kept.context;
  const ca = [
    ...(named === '' ? systemStore() : [readNamed('SSL_CERT_FILE', named)]),
    ...(extra === '' ? [] : [readNamed('NODE_EXTRA_CA_CERTS', extra)]),
  ];
  if (ca.length === 0) return undefined;
  const context = tls.createSecureContext({ ca });
  kept = { key, context };
  return context;
}

function readNamed(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UnreadableTrust(`${variable} names ${path}, which cannot be read (${codeOf(cause)})`, { cause });
  }
}

function systemStore(): readonly string[] {
  // A keychain is no file. Since Node 22.15.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'system') => string[] };
  if (process.platform === 'darwin' && getCACertificates !== undefined) return getCACertificates('system');
  for (const file of SYSTEM_FILES) {
    try {
      return [readFileSync(file, 'utf8')];
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
  return [];
}
