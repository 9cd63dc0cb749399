// The journal is readable but must not be trusted: it ends too early, says something else than it did, or is another one.

import { type JournalHead, JournalUntrusted } from '../../coordinator/ports.js';

export type RefusalKind = 'truncated' | 'rewritten' | 'foreign' | 'gap' | 'damaged' | 'newer';

export class JournalRefused extends JournalUntrusted {
  override readonly name = 'JournalRefused';

  /** `readableHead` is where the readable part ends, `knownHead` the highest end known to have been there (its hash '' when unknown). */
  constructor(
    readonly kind: RefusalKind,
    readonly reason: string,
    readonly readableHead: JournalHead,
    readonly knownHead: JournalHead,
    options?: ErrorOptions,
  ) {
    super(`the journal is refused (${kind}): ${reason}. ${waysOut(kind, readableHead)}`, options);
  }
}

/** The form in which an end is named on the command line. */
export function formatEnd(head: JournalHead): string {
  return `${head.seq}:${head.hash}`;
}

/** Reads `SEQ:HASH`; null when it is not one. `0:` is the end of an empty journal. */
export function parseEnd(text: string): { seq: number; hash: string } | null {
  const match = /^(0|[1-9][0-9]{0,15}):([0-9a-f]{64})?$/.exec(text);
  if (match === null) return null;
  const seq = Number(match[1]);
  const hash = match[2] ?? '';
  return Number.isSafeInteger(seq) && (seq === 0) === (hash === '') ? { seq, hash } : null;
}

function waysOut(kind: RefusalKind, readableHead: JournalHead): string {
  if (kind === 'newer') return 'Start the version of AgentCom that wrote it, or a newer one';
  return (
    'Either restore a backup with `agentcom backup restore FILE --replace`, or give up everything after ' +
    `batch ${readableHead.seq} with \`agentcom up --accept-journal-end ${formatEnd(readableHead)}\``
  );
}
