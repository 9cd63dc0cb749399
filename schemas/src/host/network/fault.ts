// What went wrong on the way to an address, in words for people, where the system's own code would say little.

import { codeOf } from '../error-code.js';
import { ProxyError } from './proxy.js';
import { isUnknownIssuer, UnreadableTrust } from './trust.js';

export interface NetworkFault {
  /** Goes on after the address: `the certificate of HOST …`. */
  readonly what: string;
  readonly remedy: string;
  /** Whether another try may succeed with nothing changed here. */
  readonly passing: boolean;
}

/** Undefined for an error that says enough by itself. */
export function networkFault(error: unknown, url: string): NetworkFault | undefined {
  if (error instanceof ProxyError) return { what: error.message, remedy: error.remedy, passing: error.passing };
  if (error instanceof UnreadableTrust)
    return { what: error.message, remedy: 'Correct that variable, or unset it.', passing: false };
  const host = URL.canParse(url) ? new URL(url).host : url;
  const what = (problem: string) => `the certificate of ${host} ${problem}`;
  if (isUnknownIssuer(error)) {
    return {
      what: what(`was issued by an authority that this machine does not trust (${codeOf(error)})`),
      remedy:
        "Add that authority's certificate to the system store, or set NODE_EXTRA_CA_CERTS or SSL_CERT_FILE to its file.",
      passing: false,
    };
  }
  const code = codeOf(error);
  // Node's parser has a code of its own for each thing that is wrong with an answer.
  if (code?.startsWith('HPE_')) {
    return {
      what: `${host} does not speak HTTP`,
      remedy: 'Check the address, its port and any proxy; for a port with TLS, use https://.',
      passing: false,
    };
  }
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return { what: what('has expired'), remedy: "Renew it, or correct this machine's clock.", passing: false };
    case 'CERT_NOT_YET_VALID':
      return { what: what('is not valid yet'), remedy: "Correct this machine's clock.", passing: false };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        what: what('was issued for another name'),
        remedy: 'Use the name in the certificate, or check what answers at this address.',
        passing: false,
      };
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'EPROTO':
      return { what: `${host} does not speak TLS`, remedy: 'Use http://, or another port.', passing: false };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return {
        what: `no route to ${host} (${code})`,
        remedy: "Check the address, and this machine's network or VPN.",
        passing: true,
      };
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return {
        what: `the host name ${host} cannot be resolved`,
        remedy: "Check the name and this machine's DNS. If only a proxy can resolve it, set HTTPS_PROXY or HTTP_PROXY.",
        passing: true,
      };
    default:
      return undefined;
  }
}
