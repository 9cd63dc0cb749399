// What the words mean that people meet beside refusals: why attempts fail, why tasks are where they are, and what the command itself says.
// Long because it is data: one line each for meaning and remedy. Codes are the interface; texts may change.

import { type CatalogueEntry, ERRORS } from './errors.js';
import type { DeathCause, FailureClass, ScheduledReason, TaskState, WhyCode } from './names.js';

export interface Explanation {
  readonly title: string;
  /** What whoever meets it should do. */
  readonly remedy: string;
}

type Table<Word extends string = string> = Readonly<Record<Word, readonly [title: string, remedy: string]>>;

const CLASSES: Table<FailureClass> = {
  transient: ['It may go well the next time', 'Nothing: the task is retried after a growing delay.'],
  timeout: ['It took too long', 'The task is retried. Give it more time with `--run-timeout`, or split it.'],
  lost: ['The sidecar was away for too long', 'The task is retried. Check the machine and its network.'],
  verification: [
    'The work did not pass its checks',
    'The task is retried with the reason. Read the work and the output if it fails again.',
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

/** Codes of the errors that end an attempt, or that stand in the notes of a result. */
const FAILURES: Table = {
  'agent.lost_task': [
    'The sidecar came back without the task',
    'The task is retried. Its state directory may have been removed: see its log.',
  ],
  'agent.offline': [
    'The sidecar was away for longer than the grace time',
    'The task is retried. Check the machine, and `tasks.offlineGraceSeconds` if it sleeps often.',
  ],
  'agent.stopped': ['The sidecar stopped the work', 'The task is retried.'],
  'answer.timeout': [
    'Nobody answered the question of the agent in time',
    'The task is retried. Answer sooner, or raise `tasks.blockedTimeoutSeconds`.',
  ],
  'budget.used': [
    'The budget of the task is used up',
    'Look at what was done, then `agentcom dead requeue ID`, which begins the budget anew.',
  ],
  'forge.failed': [
    'The forge failed at opening the request',
    'The branch is pushed. Open the request by hand, or retry later.',
  ],
  'forge.forbidden': [
    'The token may not open requests in this repository',
    'Give the token in `tokenFile` the right to open pull requests.',
  ],
  'forge.moved': ['The repository has another address now', 'Submit with the new address.'],
  'forge.not_configured': [
    'No token is configured for this host',
    'Add the host to `[[forges]]` in `sidecar.toml`, or open the request by hand.',
  ],
  'forge.not_found': [
    'The forge does not know the repository, or the token may not see it',
    'Check the address and the rights of the token.',
  ],
  'forge.rate_limited': ['The forge limits how often it is asked', 'Nothing: it is tried again. The branch is pushed.'],
  'forge.refused': ['The forge refused the request', 'The note in the result says why. Open the request by hand.'],
  'forge.timeout': [
    'The forge did not answer in time',
    'The branch is pushed. Open the request by hand, or retry later.',
  ],
  'forge.unauthorized': [
    'The token for the forge is not valid',
    'Put a valid token into the file that `tokenFile` names.',
  ],
  'forge.unreachable': [
    'The forge cannot be reached from the machine',
    'Check its network and proxy. The branch is pushed.',
  ],
  'git.address_refused': [
    'The address of the repository cannot be used',
    'Submit with an address that git on the machine supports: https, ssh or file.',
  ],
  'git.auth': [
    'The machine may not read or write the repository',
    'Give its user access, as a key for ssh or a credential helper; try `git ls-remote URL` there.',
  ],
  'git.base_lost': [
    'The branch no longer contains the commit it started from',
    'Tell the agent not to rewrite history below its base.',
  ],
  'git.base_not_found': ['The repository does not have the base branch', 'Submit with a `--base` that exists.'],
  'git.base_rewritten': [
    'The base was rewritten at the remote, and the work stands on what it no longer has',
    'The agent is asked to put its own commits on the new base. After its own push: look at its branch, then `agentcom dead requeue ID`.',
  ],
  'git.branch_taken': [
    'The branch exists at the remote with other commits',
    'Look at that branch and delete it if it is not needed; then `agentcom task push ID`.',
  ],
  'git.busy': [
    'Another process holds the cached repository',
    'The task is retried. Only one sidecar may use a `repoRoot`.',
  ],
  'git.disk_full': ['The disk of the machine is full', 'Make room there. The task is retried.'],
  'git.embedded_repository': [
    'The commits link to a repository that nobody else can clone',
    'Commit its files, or add it as a submodule.',
  ],
  'git.failed': ['A git command failed', 'The message has what git printed. The task is retried.'],
  'git.lfs_missing': [
    'The repository needs git-lfs, which the machine does not have',
    'Install git-lfs there, then `agentcom dead requeue ID`.',
  ],
  'git.no_commit': [
    'The agent committed nothing, or nothing that changes a file',
    'Read its output with `agentcom task logs ID`; say in the prompt what to change and to commit it.',
  ],
  'git.no_default_branch': ['The repository has no default branch', 'Push a first commit, or submit with `--base`.'],
  'git.not_clean': [
    'The agent left uncommitted changes',
    'Say in the prompt that everything must be committed; add build output to `.gitignore`.',
  ],
  'git.not_found': [
    'The repository does not exist, or the machine may not see it',
    'Check the address, and access with `git ls-remote URL` on the machine.',
  ],
  'git.protected_branch': [
    'The branch to push is protected',
    'Take the branches of agents out of `protectedBranches`, in `sidecar.toml` or `.agentcom.toml`.',
  ],
  'git.protected_pushed': [
    'Commits of the attempt were pushed to a branch that agents must not push to',
    'Look at that branch and revert them if needed. Take push rights from the credentials that the agent can reach.',
  ],
  'git.push_denied': [
    'The machine can fetch from the repository, but not push to it',
    'Give its user the right to push, then `agentcom dead requeue ID`.',
  ],
  'git.push_refused': [
    'The remote refused the push',
    'The message has its reason: a hook, a rule, or a missing right.',
  ],
  'git.push_unconfirmed': ['The remote did not confirm the pushed branch', 'The task is retried.'],
  'git.remote_unreachable': [
    'The remote cannot be reached from the machine',
    'The task is retried. Check network, proxy and address there.',
  ],
  'git.repository_lost': [
    'The repository of the attempt is gone',
    'Its files are kept on the machine, in a directory ending in `-kept`. The task is retried.',
  ],
  'git.repository_replaced': [
    'The agent put another repository in the place of its own',
    'The agent is asked to commit its changes to the right one.',
  ],
  'git.shallow_remote': [
    'The repository is a shallow clone, which others cannot fetch from',
    'Run `git fetch --unshallow` in it, or submit with the address it was cloned from.',
  ],
  'git.submodule_not_pushed': [
    'The commits name a commit of a submodule that its remote does not have',
    'Push that commit to the remote of the submodule from the kept files, then `agentcom dead requeue ID`.',
  ],
  'git.submodule_refused': [
    'A submodule cannot be fetched',
    'Check its address in `.gitmodules`, and the access of the machine.',
  ],
  'git.timeout': [
    'A git command took too long',
    'The task is retried. For large repositories raise `git.timeoutSeconds` in `sidecar.toml`.',
  ],
  'git.unfinished': [
    'The agent left a rebase, merge, cherry-pick or revert unfinished',
    'The agent is asked to finish it. Otherwise read its output with `agentcom task logs ID`.',
  ],
  'repo.settings_invalid': [
    '`.agentcom.toml` of the repository is not valid',
    'Correct what the message names, commit it, then `agentcom dead requeue ID`.',
  ],
  'report.refused': [
    'The hub refused what the sidecar reported',
    'Update the sidecar if it is older than the hub; otherwise report a bug with its log.',
  ],
  'run.timeout': [
    'The attempt took longer than the task allows',
    'The task is retried. Give it more time with `--run-timeout`, or split it.',
  ],
  'runner.ended': ['The agent was stopped for a question that is not known', 'The task is retried.'],
  'runner.failed': ['The agent exited with an error', 'Read the message and its output with `agentcom task logs ID`.'],
  'runner.inactive': [
    'The agent printed nothing for too long',
    'The task is retried. Raise `runner.inactivitySeconds` if it works silently.',
  ],
  'runner.killed': [
    'The agent was killed by a signal',
    'The task is retried. SIGKILL often means that the machine ran out of memory.',
  ],
  'runner.limited': [
    'The agent has met a usage limit of its account',
    'Nothing: the task waits until the limit resets, and no attempt is used.',
  ],
  'runner.lost': [
    'The process of the agent is gone and left no exit code',
    'The task is retried. The machine may have restarted or run out of memory.',
  ],
  'runner.not_configured': [
    'The sidecar has no program for this runner',
    'Set `runner.argv` in `sidecar.toml`, or join again with the program after the `--`.',
  ],
  'runner.not_started': [
    'The program of the agent cannot be started',
    'Check that it is installed and on the PATH of the service: `agentcom doctor` there.',
  ],
  'runner.timeout': [
    'The agent took longer than the task allows',
    'The task is retried. Give it more time with `--run-timeout`, or split it.',
  ],
  'verify.failed': ['A verify command failed', 'The result has what it printed. Run it in a clone of the branch.'],
  'verify.not_found': [
    'The program of a verify command is not installed on the machine',
    'Install it there, or install it with `setup` of `.agentcom.toml`; then `agentcom dead requeue ID`.',
  ],
  'verify.not_plain': ['A verify command needs a shell', 'Put it into a script of the repository and name the script.'],
};

/** What the command and the sidecar say themselves. */
const COMMANDS: Table = {
  usage: ['The command line is not valid', 'See the same command with `--help`.'],
  internal: ['The command failed in a way that nobody foresaw', 'Report it as a bug, with what it printed.'],
  'bench.not_built': ['The benchmark is not built', 'Run `npm run build` in the checkout.'],
  'context.not_found': ['There is no context of this name', 'See `agentcom context list`.'],
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
  'service.not_started': [
    'The service could not be started',
    'The message has what the system said; `agentcom doctor` checks the rest.',
  ],
  'service.not_stopped': ['The service could not be stopped', 'Stop it by hand, then retry.'],
  'task.no_branch': ['The task has pushed no branch', '`agentcom task why ID` says where it is.'],
  'task.no_page': ['The repository has no page for a browser', 'Look at the changes with `agentcom task diff ID`.'],
  'settings.invalid': ['A setting is not valid', 'Correct the settings that are named.'],
  'settings.unreadable': ['A file with settings cannot be read', 'Check its path and permissions.'],
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
