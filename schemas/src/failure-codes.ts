// The codes of errors that end an attempt, or that stand in the notes of a result, with what they mean and what to do. Long because it is data.

import type { Table } from './explanations.js';

/** Codes of the errors that end an attempt, or that stand in the notes of a result. */
export const FAILURES: Table = {
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
  'command.not_started': [
    'A verify or set-up command names a program that the agent’s machine does not have',
    'Install it there, or correct the command, then `agentcom dead requeue ID`.',
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
  'git.branch_taken': [
    'The branch exists at the remote with other commits',
    'Look at that branch and delete it if it is not needed; then `agentcom task push ID`.',
  ],
  'git.busy': [
    'Another process holds the cached repository',
    'The task is retried. Only one sidecar may use a `repoRoot`.',
  ],
  'git.disk_full': [
    'The disk of the machine is full',
    'Free some space there; `agentcom doctor` says how much is left.',
  ],
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
  'git.not_started': [
    'Git does not start on the machine',
    'Install git there, or correct `git.program` in `sidecar.toml`.',
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
    'The machine may read the repository, but not push to it',
    'Give its user write access, then `agentcom dead requeue ID`. The agent was not started.',
  ],
  'git.push_refused': [
    'The remote refused the push',
    'The message has its reason: a hook, a rule, or a missing right. Once it is put right: `agentcom task push ID`.',
  ],
  'git.push_unconfirmed': ['The remote did not confirm the pushed branch', 'The task is retried.'],
  'git.remote_unreachable': [
    'The remote cannot be reached from the machine',
    'The task is retried. Check network, proxy and address there.',
  ],
  'git.shallow_remote': [
    'The repository is a shallow clone, which others cannot fetch from',
    'Run `git fetch --unshallow` in it, or submit with the address it was cloned from.',
  ],
  'git.submodule_not_pushed': [
    'The commits name a commit of a submodule that its remote does not have',
    'Push that commit to the remote of the submodule from the kept files, then `agentcom task push ID`.',
  ],
  'git.submodule_refused': [
    'A submodule cannot be fetched',
    'Check its address in `.gitmodules`, and the access of the machine.',
  ],
  'git.timeout': [
    'A git command took too long',
    'The task is retried. For large repositories raise `git.timeoutSeconds` in `sidecar.toml`.',
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
  'runner.disk_low': [
    'The agent was stopped before it filled the disk of its machine',
    'Look at what it wrote with `agentcom task logs ID`, and free some space there.',
  ],
  'runner.ended': ['The agent was stopped for a question that is not known', 'The task is retried.'],
  'runner.failed': ['The agent exited with an error', 'Read the message and its output with `agentcom task logs ID`.'],
  'runner.inactive': [
    'The agent did nothing for too long: no output, no open tool call, no busy process',
    'The task is retried. Give it more with `--inactivity` or `runner.inactivitySeconds` if it waits for long.',
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
  'runner.no_final_event': [
    'The agent exited with code 0 without saying that its turn was over',
    'The task is retried. Read its output with `agentcom task logs ID`; update the agent if it happens again.',
  ],
  'runner.not_configured': [
    'The sidecar has no program for this runner',
    'Set `runner.argv` in `sidecar.toml`, or join again with the program after the `--`.',
  ],
  'runner.not_started': [
    'The program of the agent cannot be started',
    'Check that it is installed and on the PATH of the service: `agentcom doctor` there.',
  ],
  'runner.refused': [
    'Every tool call of the agent was refused for want of permission',
    'Set `runner.permissionMode` or `runner.approvals = "ask"`, or its own settings, then `agentcom dead requeue ID`.',
  ],
  'runner.timeout': [
    'The agent took longer than the task allows',
    'The task is retried. Give it more time with `--run-timeout`, or split it.',
  ],
  'machine.agent_missing': [
    'The program of the agent is missing or does not run on its machine',
    'Install it there, or correct `runner` in `sidecar.toml`. The agent takes work again by itself.',
  ],
  'machine.disk_low': [
    'The disk of the machine is nearly full',
    'Free some space. The agent takes work again by itself.',
  ],
  'machine.git_missing': ['Git is missing on the machine', 'Install it. The agent takes work again by itself.'],
  'machine.git_too_old': [
    'Git on the machine is too old',
    'Install version 2.34 or newer. The agent takes work again by itself.',
  ],
  'machine.program_gone': [
    'The Node or the command that the sidecar runs by is gone',
    'Restart the sidecar; as a service it restarts itself. `agentcom doctor` names what is missing.',
  ],
  'machine.not_writable': [
    'The sidecar may not write to one of its directories',
    'Correct the owner or the rights of the directory that the message names; `agentcom doctor` looks again.',
  ],
  'verify.failed': ['A verify command failed', 'The result has what it printed. Run it in a clone of the branch.'],
  'verify.not_found': [
    'The program of a verify command is not installed on the machine',
    'Install it there, or install it with `setup` of `.agentcom.toml`; then `agentcom dead requeue ID`.',
  ],
  'verify.not_plain': ['A verify command needs a shell', 'Put it into a script of the repository and name the script.'],
  'git.base_rewritten': [
    'The base was rewritten at the remote, and the work stands on what it no longer has',
    'The agent is asked to put its own commits on the new base. After its own push: look at its branch, then `agentcom dead requeue ID`.',
  ],
  'git.kept_work_gone': ['The kept work is no longer available', 'Requeue the task: `agentcom dead requeue ID`.'],
  'git.repository_lost': [
    'The repository of the attempt is gone',
    'Its files are kept on the machine, in a directory ending in `-kept`. The task is retried.',
  ],
  'git.repository_replaced': [
    'The agent put another repository in the place of its own',
    'The agent is asked to commit its changes to the right one.',
  ],
  'git.unfinished': [
    'The agent left a rebase, merge, cherry-pick or revert unfinished',
    'The agent is asked to finish it. Otherwise read its output with `agentcom task logs ID`.',
  ],
  'setup.failed': [
    'A set-up command of the repository failed',
    'Run it in a clone on the machine, mend it, then `agentcom dead requeue ID`.',
  ],
  'setup.file_in_repository': [
    'A file to be brought along is part of the repository',
    'Take it out of `files` in `.agentcom.toml`.',
  ],
  'setup.file_missing': [
    'A file that the repository needs is not on the machine',
    'Put it at the place that the message names, then `agentcom dead requeue ID`.',
  ],
};
