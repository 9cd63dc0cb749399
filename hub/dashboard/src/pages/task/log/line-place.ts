// What can be told of a line by itself: its address, and whether it reports an error. Pure.

/** What a person should see first. */
export function isErrorLine(text: string): boolean {
  return ERROR.test(text);
}

const ERROR = /(?:^|[^\w-])(?:error|fatal|panic|exception|traceback|failed)(?:\[\w+\])?(?::|!|\b(?! 0\b))/i;

export interface LinePlace {
  readonly generation: number;
  readonly line: number;
}

/** `#g2L120`: line 120 of the second attempt. */
export function placeOf(hash: string): LinePlace | undefined {
  const [, generation, line] = /^#g([1-9]\d{0,8})L([1-9]\d{0,8})$/.exec(hash) ?? [];
  return line === undefined ? undefined : { generation: Number(generation), line: Number(line) };
}

export function hashOf({ generation, line }: LinePlace): string {
  return `#g${generation}L${line}`;
}

/** The match after or before the line, around the ends. */
export function nextMatch(found: readonly number[], from: number | undefined, step: 1 | -1): number | undefined {
  if (step > 0) return found.find((n) => n > (from ?? 0)) ?? found[0];
  return found.findLast((n) => n < (from ?? Number.POSITIVE_INFINITY)) ?? found.at(-1);
}
