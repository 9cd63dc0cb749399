// The codes of errors that end an attempt, or that stand in the notes of a result, with what they mean and what to do. Long because it is data.

import type { Table } from './explanations.js';

const RETRIED = 'The task is retried; if the agent had finished, the work is kept instead: `agentcom task push ID`.';

/** Codes of the errors that end an attempt, or that stand in the notes of a result. */
export const FAILURES: Table = {
  'agent.lost_task': [
    'The sidecar came back without the task',
    "The task is retried. The sidecar's state directory may have been removed: see its log.",
  ],
  'agent.offline': [
    'The sidecar was disconnected for longer than the grace period',
    'The task is retried. Check the machine, and `tasks.offlineGraceSeconds` if it sleeps often.',
  ],
  'agent.stopped': ['The sidecar stopped the work', 'The task is retried.'],
  'answer.timeout': [
    "Nobody answered the agent's question in time",
    'The task is retried. Answer sooner, or raise `tasks.blockedTimeoutSeconds`.',
  ],
  'budget.used': [
    "The task's budget is used up",
    'Look at what was done, then run `agentcom dead requeue ID`, which resets the budget.',
  ],
  'forge.failed': [
    'The forge failed to open the pull request',
    'The branch is pushed. Open the pull request by hand, or retry later.',
  ],
  'forge.forbidden': [
    'The token is not allowed to open pull requests in this repository',
    'Allow the token in `tokenFile` to open pull requests.',
  ],
  'forge.moved': ['The repository has moved', 'Submit the task with its new address.'],
  'forge.not_configured': [
    'No token is configured for this host',
    'Add the host to `[[forges]]` in `sidecar.toml`, or open the pull request by hand.',
  ],
  'forge.not_found': [
    'The repository does not exist on the forge, or the token cannot see it',
    'Check the address and the permissions of the token.',
  ],
  'forge.rate_limited': ['The forge is rate-limiting requests', 'Nothing to do: it is retried. The branch is pushed.'],
  'forge.refused': [
    'The forge refused the pull request',
    'The note in the result says why. Open the pull request by hand.',
  ],
  'forge.timeout': [
    'The forge did not answer in time',
    'The branch is pushed. Open the pull request by hand, or retry later.',
  ],
  'forge.unauthorized': ['The forge rejected the token', 'Put a valid token in the file that `tokenFile` names.'],
  'forge.unreachable': [
    'The forge cannot be reached from the machine',
    "Check the machine's network and proxy. The branch is pushed.",
  ],
  'command.not_started': [
    "A verify or set-up command needs a program that is not on the agent's machine",
    'Install it there, or correct the command, then run `agentcom dead requeue ID`.',
  ],
  'git.address_refused': [
    'The address of the repository cannot be used',
    'Submit the task with an https, ssh or file address.',
  ],
  'git.auth': [
    'The machine has no access to the repository',
    'Give its user access with an ssh key or a credential helper. Test it there with `git ls-remote URL`.',
  ],
  'git.base_lost': [
    'The branch no longer contains the commit it started from',
    'Tell the agent not to rewrite commits it did not make.',
  ],
  'git.base_not_found': [
    'The repository does not have the base branch',
    'Submit the task with a `--base` that exists.',
  ],
  'git.branch_taken': [
    'The branch already exists at the remote with other commits',
    'Look at that branch and delete it if it is not needed, then run `agentcom task push ID`.',
  ],
  'git.busy': ['Another process is using the cached repository', `${RETRIED} Give each sidecar its own \`repoRoot\`.`],
  'git.content_refused': [
    'The remote does not take what the commits contain: a file that is too large, a malformed commit, or a secret',
    'The agent is asked to rewrite its commits. If it still fails, rewrite the kept work yourself, or change the rule of the remote and run `agentcom task push ID`.',
  ],
  'git.disk_full': [
    'The disk of the machine is full',
    'Free up some space there. Run doctor on that machine to see how much is left.',
  ],
  'git.dubious_ownership': [
    "The repository on the machine's disk belongs to another user, so git does not read it",
    "Change its owner, or run `git config --global --add safe.directory PATH` as the sidecar's user, then run `agentcom dead requeue ID`.",
  ],
  'git.embedded_repository': [
    'The commits contain a nested repository that nobody else can clone',
    'Commit its files, or add it as a submodule.',
  ],
  'git.failed': ['A git command failed', `See git's output in the message. ${RETRIED}`],
  'git.lfs_missing': [
    'The repository needs git-lfs, which the machine does not have',
    'Install git-lfs there, then run `agentcom dead requeue ID`.',
  ],
  'git.no_commit': [
    'The agent committed nothing, or only empty changes',
    'Read its output with `agentcom task logs ID`. Say in the prompt what to change, and that it must be committed.',
  ],
  'git.no_default_branch': [
    'The repository has no default branch',
    'Push a first commit, or submit the task with `--base`.',
  ],
  'git.not_allowed': [
    'The settings of the machine do not allow this repository, or one of its submodules',
    'Allow it with the setting of `sidecar.toml` that the message names, restart the sidecar, then run `agentcom dead requeue ID`.',
  ],
  'git.not_clean': [
    'The agent left uncommitted changes',
    'Say in the prompt that everything must be committed, and add build output to `.gitignore`.',
  ],
  'git.not_found': [
    'The repository does not exist, or the machine cannot see it',
    'Check the address, and test access with `git ls-remote URL` on the machine.',
  ],
  'git.not_started': [
    'Git does not start on the machine',
    'Install git there, or correct `git.program` in `sidecar.toml`.',
  ],
  'git.path_replaced': [
    'A directory that the sidecar made for an attempt was replaced, as by a link, and the sidecar does not follow it',
    'Look at the path in the message and at what the agent did (`agentcom task logs ID`). Remove what is there, then run `agentcom dead requeue ID`.',
  ],
  'git.protected_branch': [
    'The branch to push is protected',
    'Exclude the branches of agents from `protectedBranches` in `sidecar.toml` or `.agentcom.toml`.',
  ],
  'git.protected_pushed': [
    'The attempt pushed commits to a protected branch',
    'Look at that branch and revert them if needed. Remove push access from the credentials that the agent can reach.',
  ],
  'git.push_denied': [
    'The machine can read the repository but cannot push to it',
    'Give its user write access, then run `agentcom dead requeue ID`. The agent was not started.',
  ],
  'git.push_refused': [
    'The remote refused the push',
    'See the reason in the message: a hook, a rule or a missing permission. Fix it, then run `agentcom task push ID`.',
  ],
  'git.push_unconfirmed': [
    'The remote did not confirm the pushed branch',
    'The push was tried again for minutes. Look for the branch at the remote, then run `agentcom task push ID`.',
  ],
  'git.redirected': [
    'The remote redirects to another address',
    'Submit the task with the address that it redirects to. The sidecar does not follow: it could lead anywhere.',
  ],
  'git.remote_unreachable': [
    'The remote cannot be reached from the machine',
    `${RETRIED} Check the address, and the machine's network and proxy.`,
  ],
  'git.shallow_remote': [
    'The repository is a shallow clone, so others cannot fetch from it',
    'Run `git fetch --unshallow` in it, or submit the task with the address it was cloned from.',
  ],
  'git.submodule_not_pushed': [
    'The commits use a submodule commit that its remote does not have',
    "Push that commit from the kept files to the submodule's remote, then run `agentcom task push ID`.",
  ],
  'git.submodule_refused': [
    'A submodule cannot be had from anywhere',
    'Correct its address in `.gitmodules`, or push the commit that is missing from its remote, then run `agentcom dead requeue ID`.',
  ],
  'git.timeout': [
    'A git command took too long',
    `${RETRIED} For large repositories, raise \`git.timeoutSeconds\` in \`sidecar.toml\`.`,
  ],
  'repo.settings_invalid': [
    "The repository's `.agentcom.toml` is not valid",
    'Correct what the message names, commit it, then run `agentcom dead requeue ID`.',
  ],
  'report.refused': [
    "The hub refused the sidecar's report",
    'Update the sidecar if it is older than the hub; otherwise report a bug, together with its log.',
  ],
  'run.timeout': [
    'The attempt took longer than the task allows',
    'The task is retried. Give it more time with `--run-timeout`, or split it.',
  ],
  'runner.disk_low': [
    'The agent was stopped because the disk was nearly full',
    'See what it wrote with `agentcom task logs ID`, and free up some space there.',
  ],
  'runner.ended': ['The agent was stopped for a question that was lost', 'The task is retried.'],
  'runner.failed': ['The agent exited with an error', 'Read the message and its output with `agentcom task logs ID`.'],
  'runner.inactive': [
    'The agent did nothing for too long: no output, no open tool call, no busy process',
    'The task is retried. If it needs to wait longer, raise `--inactivity` or `runner.inactivitySeconds`.',
  ],
  'runner.killed': [
    'A signal killed the agent or a command',
    `${RETRIED} SIGKILL often means that the machine ran out of memory.`,
  ],
  'runner.limited': [
    "The agent's account has hit its usage limit or has no credit left, or its provider is overloaded",
    'The task waits and is tried again by itself, and the attempt does not count. If credit is missing, add some.',
  ],
  'runner.lost': [
    'The process of the agent or of a command disappeared without an exit code',
    `${RETRIED} The machine may have restarted or run out of memory.`,
  ],
  'runner.no_final_event': [
    'The agent exited with code 0, but did not report the end of its turn',
    'The task is retried. Read its output with `agentcom task logs ID`, and update the agent if it happens again.',
  ],
  'runner.not_configured': [
    'The sidecar has no program for this runner',
    'Set `runner.argv` in `sidecar.toml`, or join again with the program after the `--`.',
  ],
  'runner.not_signed_in': [
    'The agent is not signed in on its machine, or its provider does not accept its account',
    'Another agent gets the task, and the attempt does not count. Sign in on that machine as the message says; its sidecar notices by itself.',
  ],
  'runner.not_started': [
    "The agent's program cannot be started",
    'Check that it is installed and on the PATH of the service. Run doctor on that machine.',
  ],
  'runner.refused': [
    'Every tool call of the agent was denied',
    'Set `runner.permissionMode` or `runner.approvals = "ask"`, or change the agent\'s own settings, then run `agentcom dead requeue ID`.',
  ],
  'runner.timeout': [
    'The agent took longer than the task allows',
    'The task is retried. Give it more time with `--run-timeout`, or split it.',
  ],
  'machine.agent_missing': [
    "The agent's program is missing on its machine or does not run",
    'Install it there, or correct `runner` in `sidecar.toml`. The agent takes work again by itself.',
  ],
  'machine.disk_low': [
    'The disk of the machine is nearly full',
    'Free up some space. The agent takes work again by itself.',
  ],
  'machine.git_missing': ['Git is not installed on the machine', 'Install it. The agent takes work again by itself.'],
  'machine.git_too_old': [
    'Git on the machine is too old',
    'Install version 2.34 or newer. The agent takes work again by itself.',
  ],
  'machine.program_gone': [
    'The Node or the command that the sidecar runs on is gone',
    'Restart the sidecar; a service restarts it by itself. Run doctor on that machine to see what is missing.',
  ],
  'machine.not_writable': [
    'The sidecar cannot write to one of its directories',
    'Correct the owner or the permissions of the directory that the message names, then check with doctor on that machine.',
  ],
  'machine.system_error': [
    'The system of the machine refused something: no permission, no memory, too many open files, or a failing disk',
    'See the message, and run doctor on that machine. The agent takes work again by itself.',
  ],
  'machine.container_unusable': [
    'The agent cannot run in the container that `runner.container` describes',
    'Do what the message says on that machine. The agent takes work again by itself.',
  ],
  'machine.user_unusable': [
    'The agent cannot run as the user that `runner.user` names',
    'Do what the message says on that machine. The agent takes work again by itself.',
  ],
  'verify.failed': ['A verify command failed', 'See its output in the result. Run it in a clone of the branch.'],
  'verify.not_allowed': [
    'The settings of the machine do not allow tasks to name verify commands',
    'Submit the task without `--verify` and list the commands in `.agentcom.toml`, or set `verify.commands = "task"` in `sidecar.toml`.',
  ],
  'verify.not_found': [
    'A verify command needs a program that is not installed on the machine',
    'Install it there, or with `setup` in `.agentcom.toml`, then run `agentcom dead requeue ID`.',
  ],
  'verify.not_plain': [
    'A verify command needs a shell',
    'Put it in a script in the repository, and name the script instead.',
  ],
  'git.base_rewritten': [
    'The base branch was rewritten at the remote, and the work builds on removed commits',
    'The agent is asked to move its commits to the new base. If it has already pushed: look at its branch, then run `agentcom dead requeue ID`, or `agentcom task push ID` to take the work as it is.',
  ],
  'git.kept_work_gone': [
    'The work saved by an earlier attempt is missing from the machine that kept it',
    'Run `agentcom dead requeue ID` to start the task over.',
  ],
  'git.repository_lost': [
    "The attempt's repository is gone",
    'Its files are kept on the machine, in a directory ending in `-kept`. The task is retried.',
  ],
  'git.repository_replaced': [
    'The agent replaced its repository with another one',
    'The agent is asked to commit its changes to the right one.',
  ],
  'git.unfinished': [
    'The agent left a rebase, merge, cherry-pick or revert unfinished',
    'The agent is asked to finish it. If it does not, read its output with `agentcom task logs ID`.',
  ],
  'setup.failed': [
    'A set-up command of the repository failed',
    'Run it in a clone on the machine, fix it, then run `agentcom dead requeue ID`.',
  ],
  'setup.file_in_repository': [
    'A file to copy in is already part of the repository',
    'Remove it from `files` in `.agentcom.toml`.',
  ],
  'setup.file_missing': [
    'A file that the repository needs is not on the machine',
    'Put it where the message says, then run `agentcom dead requeue ID`.',
  ],
};
