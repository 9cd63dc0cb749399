// Why an agent that has joined gets no tasks, in the same words wherever a person is told; `resume` is the command that lets it take tasks again.

export function drainingText(who: string, resume: string): string {
  return `${who} is draining and gets no tasks. To let it take tasks again: ${resume}`;
}

export function limitedText(who: string, resume: string): string {
  return `${who} has reached a usage limit. To let it take tasks before that ends: ${resume}`;
}

export function beyondRunnersText(who: string, allowed: readonly string[], offered: readonly string[]): string {
  return `${who} gets no tasks: its invitation allows only ${allowed.join(', ')}, and its machine has ${offered.join(', ')}. Join again with --runner ${allowed.join(',')}.`;
}

export function heldBackText(who: string, message: string): string {
  return `${who} is held back until its sidecar finds this fixed: ${message}`;
}
