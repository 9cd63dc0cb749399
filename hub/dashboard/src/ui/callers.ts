// What people call whoever did something: the hub says `key:ID`, `person:ID` or `agent:NAME`, and where it can the name. Pure.

import { texts } from '../texts/common.js';

const ID_END = 8;

interface Done {
  readonly by: string;
  readonly byName?: string | undefined;
}

/** @param me  whoever looks */
export function nameOfCaller({ by, byName }: Done, me: string | undefined): string {
  if (by === me) return texts.you;
  const [kind, id = ''] = by.split(/:(.*)/s);
  const name = byName ?? (kind === 'agent' ? id : `…${id.slice(-ID_END)}`);
  return kind === 'key' ? texts.keyCalled(name) : name;
}
