// How the parts of the simulation name the same things.

export interface Attempt {
  readonly task: string;
  readonly generation: number;
}

/** Names something that the journal can hold. */
export function fact(kind: string, ...about: readonly (string | number)[]): string {
  return `${kind} ${about.join(' ')}`;
}

export function keyOf({ task, generation }: Attempt): string {
  return `${task}#${generation}`;
}

/** What operators answer to a question, so that it is known again in a prompt. */
export function answerTo(questionId: string): string {
  return `told ${questionId}.`;
}

/** A report's digest names who made it, so that a report of somebody else in its place is seen. */
export function digestOf(agent: string, attempt: Attempt, seq: number, type: string): string {
  return [agent, attempt.task, attempt.generation, seq, type].join('|');
}
