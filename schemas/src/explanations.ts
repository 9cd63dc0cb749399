// What the words mean that people meet beside refusals: why attempts fail, why tasks are where they are, and what the command itself says.
// Codes are the interface; texts may change. Long because it is one table.

import { type CatalogueEntry, ERRORS } from './errors.js';
import { FAILURES } from './failure-codes.js';
import { ALERT_WORDS, HEALTH, NOISE } from './hub-words.js';
import type { DeathCause, FailureClass, ScheduledReason, TaskState, WhyCode } from './names.js';

export interface Explanation {
  readonly title: string;
  /** What whoever meets it should do. */
  readonly remedy: string;
}

/** For each word its meaning and what to do. */
export type Table<Word extends string = string> = Readonly<Record<Word, readonly [title: string, remedy: string]>>;

const CLASSES: Table<FailureClass> = {
  transient: ['The next attempt may succeed', 'Nothing to do: the task is retried after a growing delay.'],
  timeout: ['It took too long', 'The task is retried. Give it more time with `--run-timeout`, or split it.'],
  lost: ['The sidecar was disconnected for too long', 'The task is retried. Check the machine and its network.'],
  verification: [
    'The work did not pass its checks',
    'The task is retried, and the agent is told why. If it fails again, look at the work and the output.',
  ],
  machine: [
    'The machine could not start the agent',
    'Another agent gets the task, and the attempt does not count. See what is wrong with `agentcom agent show NAME`, and run doctor on that machine.',
  ],
  rate_limited: [
    "The agent's account has hit its usage limit",
    'Nothing to do: the task waits until the limit resets, and the attempt does not count.',
  ],
  permanent: [
    'Another attempt would fail the same way',
    'Fix the cause that the error names, then run `agentcom dead requeue ID`.',
  ],
  budget: [
    "The task's budget is used up",
    'Look at what was done, then run `agentcom dead requeue ID`, which resets the budget.',
  ],
};

const DEATHS: Table<DeathCause> = {
  attempts_used: [
    'Every attempt failed',
    'Read the errors with `agentcom task show ID`, then run `agentcom dead requeue ID` or `agentcom dead discard ID`.',
  ],
  permanent: [
    'It failed in a way that a retry cannot fix',
    'Fix the cause that the error names, then run `agentcom dead requeue ID`.',
  ],
  budget: [
    'Its budget is used up',
    'Look at what was done, then run `agentcom dead requeue ID`, which resets the budget.',
  ],
  no_taker: [
    'It was offered many times, but no agent accepted it, or no machine could start it',
    'See why in the history with `agentcom task show ID`, then run `agentcom dead requeue ID`.',
  ],
};

const SCHEDULED: Table<ScheduledReason> = {
  notBefore: ['It was submitted for a later time', 'Nothing to do: it starts by itself.'],
  backoff: [
    'An attempt failed, and the next one starts after a delay',
    'Wait, or retry now with `agentcom task retry ID`.',
  ],
  rate_limited: [
    "The agent's account has hit its usage limit",
    'Wait until the limit resets, or retry now with `agentcom task retry ID`.',
  ],
  budget: [
    'A spend limit is used up',
    'See which with `agentcom limit list`. Raise it with `agentcom limit raise SCOPE`, or wait until its day or month is over; its work is kept, and it goes on in the same session.',
  ],
};

const STATES: Table<TaskState> = {
  scheduled: [
    'It waits for its start time, or for a delay to pass',
    'See which, and until when, with `agentcom task why ID`.',
  ],
  waiting: ['It waits for other tasks to complete', 'See which ones with `agentcom task why ID`.'],
  queued: ['It waits for an agent', 'See what it waits for with `agentcom task why ID`.'],
  assigned: [
    'It has been offered to an agent, which has not accepted it yet',
    'Nothing to do: it goes back to the queue if the agent does not answer.',
  ],
  working: ['An agent is working on it', 'Follow it with `agentcom task logs -f ID`.'],
  blocked: ['The agent asked a question and is waiting for the answer', 'Answer with `agentcom task answer ID "…"`.'],
  completed: [
    'It is done',
    'See the result with `agentcom task show ID` and the changes with `agentcom task diff ID`.',
  ],
  cancelled: [
    'It was cancelled',
    'See who cancelled it and why with `agentcom task show ID`. Submit it again if it is still needed.',
  ],
  dead: [
    'It failed for good and waits for your decision',
    'See why with `agentcom task why ID`, then run `agentcom dead requeue ID` or `agentcom dead discard ID`.',
  ],
};

const WHYS: Table<WhyCode> = {
  halted: [
    'A halt holds it back',
    'See who halted what and why with `agentcom halts`. End the halt with `agentcom resume ID`.',
  ],
  limit_reached: SCHEDULED.budget,
  limit_reserved: [
    'What is left of a spend limit is reserved for what runs',
    'Wait: it goes on when enough of that ends. See the limit with `agentcom limit show SCOPE`; raise it with `agentcom limit raise SCOPE`.',
  ],
  not_before: SCHEDULED.notBefore,
  backoff: SCHEDULED.backoff,
  rate_limited: SCHEDULED.rate_limited,
  waits_for_parent: ['It waits for another task to complete', 'Wait, or look at that task.'],
  parent_dead: ['It waits for a task that is dead', 'Requeue that task, or discard it, which also cancels this one.'],
  no_agents: ['No agent has joined', 'Add a machine with `agentcom agent invite`.'],
  no_capable_agent: [
    'No agent can do it',
    'Compare its needs and runner with `agentcom agent list`. Add an agent, or submit it with other needs.',
  ],
  agents_offline: [
    'The agents that could do it are not connected',
    'Start their sidecars, or run doctor on the machine to see what is wrong.',
  ],
  agents_draining: [
    'The agents that could do it are draining',
    'Let one work again with `agentcom agent resume NAME`.',
  ],
  agents_unresponsive: [
    'The agents that could do it ignored their last offer',
    "Read the sidecar's log and restart it.",
  ],
  agents_unfit: [
    'The agents that could do it are held back',
    'See what is wrong with `agentcom agent show NAME`. They take work again by themselves once it is fixed.',
  ],
  agents_busy: [
    'The agents that could do it are busy',
    'Wait, answer their questions, add an agent, or submit it in a higher lane.',
  ],
  passed_over: [
    'The agents that could do it recently declined it, or their machines could not start it',
    'Nothing to do: it is offered again. See what happened with `agentcom task show ID`.',
  ],
  runner_limited: [
    'The runner it needs has hit its usage limit',
    'Wait until the limit resets, or lift it now with `agentcom agent resume NAME`.',
  ],
  over_max_cost: [
    'It is expected to cost more than it may',
    'Cancel it and submit it with a higher `--max-cost`, or with a cheaper model. The estimate is renewed every hour.',
  ],
  waits_for_answer: STATES.blocked,
  offered: STATES.assigned,
  running: STATES.working,
  agent_silent: [
    'The agent working on it has sent nothing for a while',
    'Check the machine: it may be frozen, asleep or without a network.',
  ],
  agent_away: [
    'The agent working on it is disconnected',
    'Nothing to do: if it does not come back in time, the task is retried.',
  ],
  completed: STATES.completed,
  cancelled: STATES.cancelled,
  dead: STATES.dead,
};

const HELD_BACK: Table[string] = [
  'It is held back and gets no tasks: its machine cannot start an agent',
  'See what is wrong with `agentcom agent show NAME`, and run doctor on that machine. It takes work again by itself once that is fixed.',
];

/** How agents are listed beside their state. */
const AGENTS: Table = {
  'held back': HELD_BACK,
  unfit: HELD_BACK,
  draining: ['It finishes its task and gets no other', 'Let it work again with `agentcom agent resume NAME`.'],
  unresponsive: ['It ignored its last offer', "Read the sidecar's log and restart it."],
  stopping: ['It is stopping work that was taken from it', 'Nothing to do: it gets tasks again once that has ended.'],
  outdated: ['Its sidecar is older than the hub requires', 'On that machine, run the command that joined it again.'],
  'not connected': ['It is disconnected while it has a task', 'Check the machine and its network.'],
  limited: [
    'A runner of it has hit its usage limit',
    'Wait until the limit resets, or lift it now with `agentcom agent resume NAME`.',
  ],
};

const RECONNECTS = 'Nothing to do: the sidecar reconnects by itself. If it goes on, look at the log of the hub.';

const CLOSES: Table = {
  '1000': ['One side ended the connection', 'Nothing to do.'],
  '1001': ['The other side went away', RECONNECTS],
  '1006': [
    'The connection broke, or the hub was killed',
    'Nothing to do if it reconnects. Otherwise check the network and that the hub runs.',
  ],
  '1009': ['A message was too large', 'This is a bug in whatever sent it. Update the sidecar.'],
  '1012': ['The hub is restarting, or another hub took the lead', RECONNECTS],
  '4000': [
    'The sidecar sent something the hub does not understand',
    'Update the sidecar: run the join line again on its machine.',
  ],
  '4001': [
    'Another sidecar uses the key of this agent',
    'Stop one of the two, or give its machine an agent of its own with `agentcom agent invite`.',
  ],
  '4003': [
    'The key is not valid here, or not any more',
    'Get a new one on the machine with `agentcom join HUB --rejoin`.',
  ],
  '4008': [
    'Too much of what the sidecar sent was refused, so the hub keeps it out for a while',
    'Nothing to do: the sidecar returns when the ban ends, and its work waits. If it happens again, update the sidecar: run the join line again on its machine.',
  ],
  '4009': ['The sidecar read too slowly what the hub sent', RECONNECTS],
};

/** Those of signals are 128 and the number of the signal. */
const EXITS: Table = {
  '0': ['Done', 'Nothing to do.'],
  '1': ['The command failed', 'The error says why.'],
  '2': ['It was cancelled', 'Run it again if it is still needed.'],
  '64': ['The command line or a setting is not valid', 'Correct what the error names.'],
  '69': [
    'No hub was reached; the error says if it may have accepted the request',
    'Start the hub, or check the address given with `--hub` or AGENTCOM_HUB.',
  ],
  '75': ['The hub cannot do it now, or a limit is reached', 'Retry later.'],
  '77': ['The key is missing, was refused, or does not allow it', 'Give another key with `--key-file`.'],
  '78': ['What is installed or stored cannot be used', 'Do what the error says; another start does not help.'],
  '129': ['It was ended by SIGHUP', 'Run it again if it is still needed.'],
  '130': ['It was ended by SIGINT, as by Ctrl-C', 'Run it again if it is still needed.'],
  '143': ['It was ended by SIGTERM', 'Run it again if it is still needed.'],
};

/** What the command and the sidecar say themselves. */
const COMMANDS: Table = {
  usage: ['The command line is not valid', 'Run the same command with `--help`.'],
  internal: ['The command failed unexpectedly', 'Report it as a bug, together with what it printed.'],
  'attempt.not_found': ['The task has had no such attempt', 'See its attempts with `agentcom task show ID`.'],
  'backup.failed': [
    'The backup could not be created or copied',
    "Check the free space and the permissions of the backup directory, where copies go, and the hub's log.",
  ],
  'bench.not_built': ['The benchmark is not built', 'Run `npm run build` in the checkout.'],
  'context.not_found': ['Context not found', 'List the contexts with `agentcom context list`.'],
  'demo.failed': ['The demonstration failed', 'Read the log named in the message. The hub keeps running.'],
  'demo.not_pushed': [
    "The demonstration's branch is not in its repository",
    'Remove the `demo` folder from the data directory and start again.',
  ],
  'demo.sidecar_ended': ['The sidecar of the demonstration exited', 'Read the log named in the message.'],
  'demo.task_failed': [
    "The demonstration's task did not complete",
    'Read the log named in the message, and run `agentcom task show ID`.',
  ],
  'demo.timeout': [
    'The demonstration took too long',
    'Read the log named in the message, and run `agentcom task why ID`.',
  ],
  'hub.already_running': [
    'A hub that is not a service already uses the data directory',
    'Stop it where it was started, then run the same command again.',
  ],
  'hub.not_a_hub': [
    'What answers at the address is not an AgentCom hub',
    'Check the address given with `--hub` or AGENTCOM_HUB, and any proxy in between.',
  ],
  'hub.not_understood': [
    'The hub answered something that this version does not understand',
    'Bring `agentcom` and the hub to the same version. A proxy in between may have changed the answer, too.',
  ],
  'hub.not_started': ['The hub could not start', 'The message says why, and what to do.'],
  'hub.stopped': ['The hub stopped unexpectedly', 'Find the cause in its log, then start it again.'],
  'hub.unreachable': [
    'Nothing answers at the address of the hub',
    'Start a hub with `agentcom up`, or give its address with `--hub` or AGENTCOM_HUB.',
  ],
  'join.directory_taken': ['Another agent of this name already uses the folder', 'Move one of the two folders.'],
  'join.not_ready': [
    'A check failed, and nothing was changed',
    'Fix the failed checks, then run the same command again.',
  ],
  'join.test_asked': [
    'The agent asked a question in its test task, and nobody answered',
    'Run the join again in a terminal and answer it, or skip the test with `--no-test`.',
  ],
  'join.test_failed': [
    'The agent joined, but its test task failed',
    'Read the error, fix the cause, and try a task of your own.',
  ],
  'leave.busy': ['The agent is working on a task', 'Wait, or cancel the task first.'],
  'leave.sidecar_runs': ['The sidecar of the agent is running', 'Stop it first.'],
  'leave.unpushed_work': ['Some work was not pushed', 'Save it first, or discard it with `--discard-work`.'],
  'link.busy': ['Too many requests are waiting for the hub', 'Retry in a moment.'],
  'link.unanswered': ['The hub did not answer the sidecar in time', 'Retry in a moment.'],
  'nats.too_few_servers': [
    'The NATS cluster has fewer servers than the streams are to be kept on',
    'Start the other servers of the cluster, or lower `AGENTCOM_NATS_REPLICAS`.',
  ],
  'operation.failed': ['The hub could not do it', "The message says why; the hub's log has more."],
  'restore.failed': ['The backup could not be restored', 'The message says why. The previous contents are kept.'],
  'service.not_ready': [
    'The service runs, but its hub is not ready yet',
    'Follow its log with the command in the message. A hub with a long journal needs some time.',
  ],
  'service.not_started': [
    'The service could not be started',
    "Read the system's message, and check the rest with `agentcom doctor`.",
  ],
  'service.not_stopped': ['The service could not be stopped', 'Stop it by hand, then retry.'],
  'service.unavailable': [
    'The hub cannot run as a service on this machine',
    'Fix what the message names, or run `agentcom up` under your own service manager.',
  ],
  'submit.not_confirmed': [
    'The task may cost more than --confirm-above, and nobody confirmed it',
    'Submit it without `--confirm-above`, or with a higher amount.',
  ],
  'system.refused': [
    'The system does not let the command use a file or directory',
    'Run it as the user who owns it, correct its permissions, or choose another place.',
  ],
  'task.no_branch': ['The task has not pushed a branch', 'See where it is with `agentcom task why ID`.'],
  'editor.failed': [
    'The editor did not start, or ended with an error',
    'Set `VISUAL` or `EDITOR` to a program that is installed, or give the prompt with `--prompt-file`.',
  ],
  'task.no_page': ['The repository has no web page', 'See the changes with `agentcom task diff ID`.'],
  'settings.insecure': [
    'Keys would cross the network without encryption',
    'Hub: give `--tls-cert` and `--tls-key`, or list the proxy that ends TLS in `trustProxy`. Agent: use the https:// address. `--insecure` insists.',
  ],
  'settings.invalid': ['A setting is not valid', 'Correct the listed settings.'],
  'settings.unreadable': ['A settings file cannot be read', 'Check its path and permissions.'],
  'sidecar.moved': [
    'The Node or the program that started the sidecar is gone',
    'Start it again. A service does so by itself.',
  ],
  'sidecar.not_started': ['The sidecar could not start', 'The message says why, and what to do.'],
  'sidecar.unreachable': [
    'No sidecar answers: this command is for agents working on a task',
    'Run it from within a running task, or use `agentcom task` instead.',
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
  glossary('Failures', 'Why an attempt failed, and what a note in a result is about.', FAILURES),
  glossary('Classes of failures', 'What happens after a failure.', CLASSES),
  glossary('Causes of death', 'Why a task is among the dead letters.', DEATHS),
  glossary('Reasons', 'Why a task is in its state, as `agentcom task why` shows it.', WHYS),
  glossary('Reasons of scheduled tasks', 'What a scheduled task is waiting for.', SCHEDULED),
  glossary('States', 'The states of a task.', STATES),
  glossary(
    'Agents',
    'What `agentcom agent list` says of an agent beside its state; `unfit` is the field of held back.',
    AGENTS,
  ),
  glossary('Health', 'Why a hub is not ready or has problems, as `agentcom status` and `/readyz` say.', HEALTH),
  glossary('Alerts', 'Severities and states of alerts.', ALERT_WORDS),
  glossary('Noise', 'Why an alert was marked as noise.', NOISE),
  glossary('Exit codes', 'How `agentcom` exits.', EXITS),
  glossary('Closed connections', 'Why the connection of a sidecar was closed, as its log says.', CLOSES),
  glossary('The command', 'What `agentcom` and the sidecar themselves report.', COMMANDS),
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

/** What the code of an attempt's error means; undefined for one of an agent's own, or of a newer hub. */
export function failureMeaning(code: string): Explanation | undefined {
  const [title, remedy] = Object.hasOwn(FAILURES, code) ? (FAILURES[code] ?? []) : [];
  return title === undefined || remedy === undefined ? undefined : { title, remedy };
}

/** Every word that has a meaning, each once. */
export function allWords(): readonly string[] {
  return [...new Set([...Object.keys(ERRORS), ...GLOSSARIES.flatMap(({ words }) => Object.keys(words))])];
}
