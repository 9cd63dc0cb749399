// What the words mean that people meet beside refusals: why attempts fail, why tasks are where they are, and what the command itself says.
// Codes are the interface; texts may change.

import { type CatalogueEntry, ERRORS } from './errors.js';
import { FAILURES } from './failure-codes.js';
import type { DeathCause, FailureClass, ScheduledReason, TaskState, WhyCode } from './names.js';

export interface Explanation {
  readonly title: string;
  /** What whoever meets it should do. */
  readonly remedy: string;
}

/** For each word its meaning and what to do. */
export type Table<Word extends string = string> = Readonly<Record<Word, readonly [title: string, remedy: string]>>;

const CLASSES: Table<FailureClass> = {
  transient: ['It may go well the next time', 'Nothing: the task is retried after a growing delay.'],
  timeout: ['It took too long', 'The task is retried. Give it more time with `--run-timeout`, or split it.'],
  lost: ['The sidecar was away for too long', 'The task is retried. Check the machine and its network.'],
  verification: [
    'The work did not pass its checks',
    'The task is retried with the reason. Read the work and the output if it fails again.',
  ],
  machine: [
    'The machine could not start the agent',
    'The task went to another agent, and no attempt was used. `agentcom agent show NAME` says what is wrong; `agentcom doctor` on that machine says more.',
  ],
  rate_limited: [
    'The agent has met a usage limit of its account',
    'Nothing: the task waits until the limit resets, and no attempt is used.',
  ],
  permanent: [
    'Another attempt would fail in the same way',
    'Mend the cause that the error names, then `agentcom dead requeue ID`.',
  ],
  budget: [
    'The budget of the task is used up',
    'Look at what was done, then `agentcom dead requeue ID`, which begins the budget anew.',
  ],
};

const DEATHS: Table<DeathCause> = {
  attempts_used: [
    'Every attempt has failed',
    'Read the errors with `agentcom task show ID`, then `agentcom dead requeue ID` or `discard`.',
  ],
  permanent: [
    'It failed in a way that a retry cannot mend',
    'Mend the cause that the error names, then `agentcom dead requeue ID`.',
  ],
  budget: [
    'Its budget is used up',
    'Look at what was done, then `agentcom dead requeue ID`, which begins the budget anew.',
  ],
  no_taker: [
    'It was offered many times and no agent accepted it',
    'Read why in the history with `agentcom task show ID`, then `agentcom dead requeue ID`.',
  ],
};

const SCHEDULED: Table<ScheduledReason> = {
  notBefore: ['It was submitted for a later time', 'Nothing: it starts by itself.'],
  backoff: [
    'An attempt failed, and the next one waits a while',
    'Nothing, or retry at once with `agentcom task retry ID`.',
  ],
  rate_limited: [
    'The agent has met a usage limit of its account',
    'Nothing: it goes on when the limit resets. `agentcom task retry ID` does not wait.',
  ],
};

const STATES: Table<TaskState> = {
  scheduled: [
    'It waits for a time: the one it was submitted for, or the end of a delay',
    '`agentcom task why ID` says which, and until when.',
  ],
  waiting: ['It waits for other tasks to complete', '`agentcom task why ID` names them.'],
  queued: ['It waits for an agent', '`agentcom task why ID` says what keeps the agents from it.'],
  assigned: [
    'It was offered to an agent that has not accepted it yet',
    'Nothing: it goes back to the queue if the agent does not answer.',
  ],
  working: ['An agent works on it', 'Follow it with `agentcom task logs -f ID`.'],
  blocked: ['The agent has asked a question and waits for the answer', 'Answer with `agentcom task answer ID "…"`.'],
  completed: ['It is done', '`agentcom task show ID` has the result, `agentcom task diff ID` the changes.'],
  cancelled: ['It was cancelled', '`agentcom task show ID` says by whom and why. Submit it again if it is needed.'],
  dead: [
    'It has failed, and stays until somebody decides',
    '`agentcom task why ID` says why; then `agentcom dead requeue ID` or `discard`.',
  ],
};

const WHYS: Table<WhyCode> = {
  not_before: SCHEDULED.notBefore,
  backoff: SCHEDULED.backoff,
  rate_limited: SCHEDULED.rate_limited,
  waits_for_parent: ['It waits for another task to complete', 'Nothing, or look at that task.'],
  parent_dead: ['It waits for a task that is dead', 'Requeue that task, or discard it, which cancels this one too.'],
  no_agents: ['No agent has joined', 'Add a machine with `agentcom agent invite`.'],
  no_capable_agent: [
    'No agent can do it',
    'Compare its needs and runner with `agentcom agent list`; add an agent, or submit it with other needs.',
  ],
  agents_offline: [
    'The agents that could do it are not connected',
    'Start their sidecars; `agentcom doctor` on the machine says what is wrong.',
  ],
  agents_draining: [
    'The agents that could do it take no new tasks',
    'Let one work again with `agentcom agent resume NAME`.',
  ],
  agents_unresponsive: [
    'The agents that could do it ignored their last offer',
    'Read the log of the sidecar and restart it.',
  ],
  agents_unfit: [
    'The machines that could do it cannot start an agent',
    '`agentcom agent show NAME` says what is wrong. They take work again by themselves once it is put right.',
  ],
  agents_busy: ['The agents that could do it are working', 'Nothing, or add an agent, or raise its lane.'],
  passed_over: [
    'The agents that could do it declined it lately',
    'Nothing: it is offered again. The history in `agentcom task show ID` says why they declined.',
  ],
  runner_limited: [
    'The runner it needs has met its usage limit',
    'Nothing, or `agentcom agent resume NAME` when you know better.',
  ],
  waits_for_answer: STATES.blocked,
  offered: STATES.assigned,
  running: STATES.working,
  agent_silent: [
    'The agent that holds it has sent nothing for a while',
    'Check the machine: it may be frozen, asleep or without a network.',
  ],
  agent_away: [
    'The agent that holds it has lost its link',
    'Nothing if it comes back in time; otherwise the task is retried.',
  ],
  completed: STATES.completed,
  cancelled: STATES.cancelled,
  dead: STATES.dead,
};

/** What the command and the sidecar say themselves. */
const COMMANDS: Table = {
  usage: ['The command line is not valid', 'See the same command with `--help`.'],
  internal: ['The command failed in a way that nobody foresaw', 'Report it as a bug, with what it printed.'],
  'bench.not_built': ['The benchmark is not built', 'Run `npm run build` in the checkout.'],
  'context.not_found': ['No context has this name', 'See `agentcom context list`.'],
  'demo.failed': ['The demonstration failed', 'Read the log that is named; the hub keeps running.'],
  'demo.not_pushed': [
    'The branch of the demonstration is not in its repository',
    'Remove the `demo` folder in the data directory and start again.',
  ],
  'demo.sidecar_ended': ['The sidecar of the demonstration exited', 'Read the log that is named.'],
  'demo.task_failed': [
    'The task of the demonstration did not complete',
    'Read the log that is named, and `agentcom task show ID`.',
  ],
  'demo.timeout': ['The demonstration took too long', 'Read the log that is named, and `agentcom task why ID`.'],
  'hub.already_running': [
    'A hub already runs on the data directory, and not as a service',
    'Stop it where it was started, then run the same command again.',
  ],
  'hub.not_a_hub': [
    'What answers at the address is not an AgentCom hub',
    'Check the address given with `--hub` or AGENTCOM_HUB, and any proxy in between.',
  ],
  'hub.not_started': ['The hub could not start', 'The message says why and what to do.'],
  'hub.stopped': ['The hub has stopped by itself', 'Read its log for the cause, then start it again.'],
  'hub.unreachable': [
    'Nothing answers at the address of the hub',
    'Start a hub with `agentcom up`, or give its address with `--hub` or AGENTCOM_HUB.',
  ],
  'join.directory_taken': [
    'The folder of another agent of this name is in the way',
    'Move one of the two folders away.',
  ],
  'join.not_ready': [
    'A check failed, and nothing was changed',
    'Mend what is marked as fail, then run the line again.',
  ],
  'join.test_asked': [
    'The agent asked a question in its test task, and nobody answered',
    'Run the join again at a terminal and answer it, or with `--no-test`.',
  ],
  'join.test_failed': [
    'The agent joined, but its test task failed',
    'Read the error, mend the cause, and try a task of your own.',
  ],
  'leave.busy': ['The agent works on a task', 'Wait, or cancel the task first.'],
  'leave.sidecar_runs': ['The sidecar of the agent is running', 'Stop it first.'],
  'leave.unpushed_work': [
    'There is work that was not pushed',
    'Save it first, or leave with the option that is named.',
  ],
  'link.busy': ['Too many requests wait for the hub', 'Retry in a moment.'],
  'link.unanswered': ['The hub did not answer the sidecar in time', 'Retry in a moment.'],
  'restore.failed': ['The backup could not be restored', 'The message says why; what was there before is kept.'],
  'service.not_ready': [
    'The service runs, but its hub is not ready yet',
    'Follow its log by the command that is named. A hub with a long journal takes its time.',
  ],
  'service.not_started': [
    'The service could not be started',
    'The message has what the system said; `agentcom doctor` checks the rest.',
  ],
  'service.not_stopped': ['The service could not be stopped', 'Stop it by hand, then retry.'],
  'service.unavailable': [
    'The hub cannot be a service on this machine',
    'Mend what the message names, or run `agentcom up` with the service manager of this machine.',
  ],
  'task.no_branch': ['The task has pushed no branch', '`agentcom task why ID` says where it is.'],
  'task.no_page': ['The repository has no page for a browser', 'Look at the changes with `agentcom task diff ID`.'],
  'settings.invalid': ['A setting is not valid', 'Correct the settings that are named.'],
  'settings.unreadable': ['A file with settings cannot be read', 'Check its path and permissions.'],
  'sidecar.moved': [
    'The Node or the program that the sidecar was started with is gone',
    'Nothing when it runs as a service, which starts the new one. Otherwise start it again.',
  ],
  'sidecar.not_started': ['The sidecar could not start', 'The message says why and what to do.'],
  'sidecar.unreachable': [
    'No sidecar answers: this command is for an agent within a task',
    'Run it as the agent of a running task, or use `agentcom task` instead.',
  ],
};

/** One kind of words, as people meet it. */
export interface Glossary {
  readonly name: string;
  readonly where: string;
  readonly words: Readonly<Record<string, Explanation>>;
}

function glossary(name: string, where: string, table: Table): Glossary {
  const words = Object.entries(table).map(([word, [title, remedy]]) => [word, { title, remedy }]);
  return { name, where, words: Object.fromEntries(words) };
}

/** All but refusals, which have a catalogue of their own. */
export const GLOSSARIES: readonly Glossary[] = [
  glossary('Failures', 'Why an attempt ended, and what a note in a result is about.', FAILURES),
  glossary('Classes of failures', 'What follows from a failure.', CLASSES),
  glossary('Causes of death', 'Why a task is among the dead letters.', DEATHS),
  glossary('Reasons', 'Why a task is where it is, as `agentcom task why` says it.', WHYS),
  glossary('Reasons of scheduled tasks', 'What a scheduled task waits for.', SCHEDULED),
  glossary('States', 'Where a task is.', STATES),
  glossary('The command', 'What `agentcom` and the sidecar say themselves.', COMMANDS),
];

export interface Meaning extends Explanation {
  /** What kind of word it is. */
  readonly kind: string;
}

/** Every meaning of a word, the most particular first; empty when it has none. */
export function meaningsOf(word: string): readonly Meaning[] {
  const found: Meaning[] = GLOSSARIES.flatMap(({ name, words }) => {
    const one = Object.hasOwn(words, word) ? words[word] : undefined;
    return one === undefined ? [] : [{ kind: name, ...one }];
  });
  const refusals: Readonly<Record<string, CatalogueEntry>> = ERRORS;
  const refusal = Object.hasOwn(refusals, word) ? refusals[word] : undefined;
  if (refusal === undefined) return found;
  return [{ kind: 'Refusals', title: refusal.title, remedy: refusal.remedy }, ...found];
}

/** Every word that has a meaning, each once. */
export function allWords(): readonly string[] {
  return [...new Set([...Object.keys(ERRORS), ...GLOSSARIES.flatMap(({ words }) => Object.keys(words))])];
}
