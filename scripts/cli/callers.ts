// What people call whoever did something: the hub says `key:ID`, `person:ID` or `agent:NAME`, and where it can the name.

const AGENT = 'agent:';

interface Done {
  readonly by: string;
  readonly byName?: string | undefined;
}

export function nameOfCaller({ by, byName }: Done): string {
  return byName ?? (by.startsWith(AGENT) ? by.slice(AGENT.length) : by);
}
