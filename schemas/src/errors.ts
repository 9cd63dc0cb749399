// The error catalogue. Codes are the interface and never change their meaning; texts may change. Long because it is one table.

export interface CatalogueEntry {
  /** HTTP status. */
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly title: string;
  /** What whoever gets it should do. */
  readonly remedy: string;
}

export const ERRORS = {
  'request.invalid': {
    status: 400,
    retryable: false,
    title: 'The request is not valid',
    remedy: 'Correct the listed values and try again.',
  },
  'request.too_large': {
    status: 413,
    retryable: false,
    title: 'The request is too large',
    remedy: 'Stay below 256 KiB per request. Put large material in the repository instead.',
  },
  'request.timeout': {
    status: 408,
    retryable: true,
    title: 'The request did not arrive in time',
    remedy: 'Check the network, then retry. The headers must arrive within 10 s, the whole request within 30 s.',
  },
  'request.not_found': {
    status: 404,
    retryable: false,
    title: 'Unknown route',
    remedy:
      'Update the hub if it is older than this command. HTTP clients: the routes are listed at `/api/v1/openapi.json`.',
  },
  'request.method_not_allowed': {
    status: 405,
    retryable: false,
    title: 'The route does not have this method',
    remedy: 'Use one of the methods in the `Allow` header.',
  },
  'request.wrong_host': {
    status: 421,
    retryable: false,
    title: 'The hub does not go by this name',
    remedy:
      "Use an address of the hub, or add the name to its settings: `publicUrl` if it is the hub's public address, else `allowedHosts`.",
  },
  'request.cross_origin': {
    status: 403,
    retryable: false,
    title: 'The request comes from a page of another site',
    remedy: "Open the hub's own page. If a proxy is in between, set `publicUrl` to the address that the browser shows.",
  },
  'request.unsupported_media_type': {
    status: 415,
    retryable: false,
    title: 'The body is not JSON',
    remedy: 'Send JSON in UTF-8 with `Content-Type: application/json`.',
  },
  'auth.missing': {
    status: 401,
    retryable: false,
    title: 'No key was given',
    remedy: 'Name your key file with `--key-file`. HTTP clients: send `Authorization: Bearer <key>`.',
  },
  'auth.invalid': {
    status: 401,
    retryable: false,
    title: 'The key is not valid',
    remedy:
      'Use another key: this one is unknown, expired or revoked. For an agent, get a new one with `agentcom join HUB --rejoin`.',
  },
  'auth.forbidden': {
    status: 403,
    retryable: false,
    title: 'The role does not allow this',
    remedy: 'Use a key or an account whose role and limits allow this.',
  },
  'auth.session_over': {
    status: 401,
    retryable: false,
    title: 'The session has ended',
    remedy: 'Sign in again.',
  },
  'auth.sign_in_failed': {
    status: 401,
    retryable: false,
    title: 'The address or the password is wrong',
    remedy:
      'Try again. If you forgot the password, get a link by mail at `/sign-in`, if the hub sends mail, or ask an owner of your organisation for one.',
  },
  'auth.code_required': {
    status: 401,
    retryable: false,
    title: 'A code is needed as well',
    remedy: 'Sign in with `code`, too: the six digits that your authenticator app shows, or a recovery code.',
  },
  'auth.code_wrong': {
    status: 401,
    retryable: false,
    title: 'The code is wrong or was used already',
    remedy: 'Wait for the next code of the app and enter that, or use a recovery code. Check the clock of the device.',
  },
  'auth.confirm_required': {
    status: 403,
    retryable: false,
    title: 'Confirm that it is you',
    remedy: 'Send the current password as `current`, or sign out and in again first.',
  },
  'auth.secret_unreadable': {
    status: 500,
    retryable: false,
    title: 'The hub cannot read the secret of the app',
    remedy:
      'Sign in with a recovery code. Whoever runs the hub: put back `secret.key`, or give every hub the same `secretKeyFile`.',
  },
  'auth.passkey_refused': {
    status: 401,
    retryable: false,
    title: 'The passkey was not accepted',
    remedy: 'Try again. If it was removed, or belongs to another hub, sign in with your password.',
  },
  'passkey.exists': {
    status: 409,
    retryable: false,
    title: 'This passkey is already registered',
    remedy: 'There is nothing to do.',
  },
  'passkey.not_found': {
    status: 404,
    retryable: false,
    title: 'Passkey not found',
    remedy: 'Find its id with `GET /api/v1/me/passkeys`.',
  },
  'oidc.unavailable': {
    status: 503,
    retryable: true,
    title: 'The identity provider cannot be reached',
    remedy: "Try again later. Whoever runs the hub: the hub's log has the reason.",
  },
  'oidc.flow_over': {
    status: 401,
    retryable: false,
    title: 'The sign-in took too long, began in another browser, or is over',
    remedy: 'Sign in again from the page of the hub, and let it set cookies.',
  },
  'oidc.refused': {
    status: 401,
    retryable: false,
    title: 'The identity provider did not confirm who you are',
    remedy: "Sign in again. Whoever runs the hub: the hub's log has the reason.",
  },
  'oidc.email_refused': {
    status: 403,
    retryable: false,
    title: 'Your e-mail address does not let you in',
    remedy: 'Verify the address at the identity provider, or use an account whose domain is one of `oidcDomains`.',
  },
  'oidc.no_account': {
    status: 403,
    retryable: false,
    title: 'You are not a member yet',
    remedy: 'Ask an owner to invite your e-mail address: `agentcom member invite --email ADDRESS`.',
  },
  'oidc.conflict': {
    status: 409,
    retryable: false,
    title: 'The account of your e-mail address is linked with somebody else at the identity provider',
    remedy: 'Sign in as that person, or ask an owner to invite you with another address.',
  },
  'totp.active': {
    status: 409,
    retryable: false,
    title: 'Codes of an app are turned on already',
    remedy: 'To use another app, turn them off first: `POST /api/v1/me/totp/remove`.',
  },
  'totp.not_offered': {
    status: 409,
    retryable: false,
    title: 'There is nothing to confirm',
    remedy: 'Get a secret for the app first: `POST /api/v1/me/totp`.',
  },
  'totp.not_active': {
    status: 409,
    retryable: false,
    title: 'Codes of an app are not turned on',
    remedy: 'There is nothing to do.',
  },
  'auth.blocked': {
    status: 429,
    retryable: true,
    title: 'Too many wrong keys, links or passwords',
    remedy: 'Wait as long as the answer says, then retry with a valid key or the right password.',
  },
  'rate.limited': {
    status: 429,
    retryable: true,
    title: 'Too many requests',
    remedy:
      'Wait a moment, then retry. HTTP clients: wait for `Retry-After`. If it happens often, have the `limits` of the config raised (`agentcom config get`).',
  },
  'config.version_conflict': {
    status: 412,
    retryable: false,
    title: 'Somebody else changed the config in the meantime',
    remedy: 'Read it again with `agentcom config get`, then repeat the change. HTTP clients: send the new version.',
  },
  'task.not_found': {
    status: 404,
    retryable: false,
    title: 'Task not found',
    remedy:
      'Check the id with `agentcom task list`. You cannot see tasks of other organisations, or tasks that have left the archive.',
  },
  'task.agents_may_not_submit': {
    status: 403,
    retryable: false,
    title: 'Agents may not submit tasks here',
    remedy:
      'Submit the task with a key of a person, or let agents submit again: `agentcom config set tasks.mayAgentsSubmit=true`.',
  },
  'task.already_final': {
    status: 409,
    retryable: false,
    title: 'The task has already ended',
    remedy: 'A finished task cannot be changed. Submit a new task for more work.',
  },
  'task.not_retryable': {
    status: 409,
    retryable: false,
    title: 'The task cannot be retried now',
    remedy:
      'See what it is doing with `agentcom task why ID`. Only a dead task, or one waiting to retry, can be retried.',
  },
  'task.blocked': {
    status: 409,
    retryable: false,
    title: 'The task is waiting for an answer',
    remedy: 'Wait for the answer before completing the task or asking again.',
  },
  'task.not_blocked': {
    status: 409,
    retryable: false,
    title: 'The task has no open question',
    remedy: 'See `agentcom task show ID`: the question has been answered, or the attempt has ended.',
  },
  'task.question_mismatch': {
    status: 409,
    retryable: false,
    title: 'Another question is open',
    remedy: 'Read the open question with `agentcom task show ID` and answer that one.',
  },
  'task.answer_not_a_choice': {
    status: 400,
    retryable: false,
    title: 'The answer is not one of the choices',
    remedy: 'Use one of the listed choices, word for word.',
  },
  'task.not_dead': {
    status: 409,
    retryable: false,
    title: 'The task is not a dead letter',
    remedy: 'See its state with `agentcom task show ID`. Only dead letters can be requeued or discarded.',
  },
  'task.attempted_since': {
    status: 409,
    retryable: false,
    title: 'The task has been tried again since you looked',
    remedy: 'See what came of it with `agentcom task show ID`, then decide again.',
  },
  'task.changed_since': {
    status: 409,
    retryable: false,
    title: 'The task has been changed since, and stays as it is',
    remedy: 'See what it is now with `agentcom task show ID`.',
  },
  'task.budget_used': {
    status: 409,
    retryable: false,
    title: 'Nothing is left of the budget',
    remedy:
      'Give the task a larger budget (`--max-cost`, `--max-tokens`), or begin it anew: leave out `--keep-budget`.',
  },
  'task.nothing_kept': {
    status: 409,
    retryable: false,
    title: 'No work was kept for this task',
    remedy: 'Requeue the task: `agentcom dead requeue ID`.',
  },
  'task.stale_generation': {
    status: 409,
    retryable: false,
    title: 'Another attempt has taken over',
    remedy: 'Stop the work, set it aside and stop reporting on it.',
  },
  'task.not_assigned': {
    status: 409,
    retryable: false,
    title: 'The task was not offered to this agent',
    remedy: 'Accept or reject only what `task.assign` offers, and only once; give up accepted work with `task.fail`.',
  },
  'task.not_accepted': {
    status: 409,
    retryable: false,
    title: 'The assignment has not been accepted',
    remedy: 'Send `task.accept` before reporting on it.',
  },
  'task.turn_over': {
    status: 409,
    retryable: false,
    title: "The agent's turn is over",
    remedy: 'Exit now: reports from this turn are no longer accepted.',
  },
  'task.parent_not_found': {
    status: 400,
    retryable: false,
    title: 'A parent task does not exist or was cancelled',
    remedy: 'Remove it from `--depends-on`, or name another task.',
  },
  'task.too_large': {
    status: 413,
    retryable: false,
    title: 'Part of the task is too large',
    remedy: 'Shorten the listed fields, or put the material in the repository.',
  },
  'report.conflict': {
    status: 409,
    retryable: false,
    title: 'The report contradicts an earlier one',
    remedy: 'Resend a report with its own `seq` and body; give a new report a new `seq`.',
  },
  'output.ahead': {
    status: 409,
    retryable: false,
    title: 'The number of the output is not the next one',
    remedy:
      'Number the output of an attempt 1, 2, 3, and after a reconnect send again from the last acknowledged number on.',
  },
  'diff.incomplete': {
    status: 409,
    retryable: true,
    title: 'Parts of the diff are missing',
    remedy: 'Send all `task.diff.part` frames of the diff again, then `task.diff`, over the same connection.',
  },
  'diff.not_found': {
    status: 404,
    retryable: false,
    title: 'No diff of this task is kept',
    remedy:
      'A diff is there once a task with a repository is being worked on, for as long as its output is kept. `agentcom task diff ID --full` compares the branch itself.',
  },
  'task.not_working': {
    status: 409,
    retryable: false,
    title: 'No agent is working on the task',
    remedy:
      'Give comments on a completed task as a task (`"as": "task"`); for a dead one, requeue it with what is to be different (`promptAppend`).',
  },
  'task.not_completed': {
    status: 409,
    retryable: false,
    title: 'The task has not completed',
    remedy:
      'While an agent works on it, give comments as a message (`"as": "message"`); a dead task is requeued with what is to be different (`promptAppend`).',
  },
  'report.not_of_attempt': {
    status: 400,
    retryable: false,
    title: 'The result names work that is not of this attempt',
    remedy:
      "Report the branch that the sidecar made for the attempt, and a pull request at its repository's host. Update the sidecar if it is older than the hub.",
  },
  'agent.not_found': {
    status: 404,
    retryable: false,
    title: 'Agent not found',
    remedy: 'Check the name with `agentcom agent list`.',
  },
  'agent.replaced': {
    status: 409,
    retryable: true,
    title: 'Another sidecar connected with this key',
    remedy: 'Run only one sidecar per agent. Invite the other machine with `agentcom agent invite`.',
  },
  'agent.other_machine': {
    status: 409,
    retryable: false,
    title: 'The key of this agent is in use on another machine',
    remedy:
      'Give this machine its own agent: paste the line that `agentcom agent invite` prints. If the agent has moved here, stop its sidecar on the other machine, wait two minutes and start this one again.',
  },
  'agent.busy': {
    status: 409,
    retryable: true,
    title: 'The agent has a task',
    remedy: 'Drain it with `agentcom agent drain NAME` and wait, or cancel its task first.',
  },
  'agent.name_taken': {
    status: 409,
    retryable: false,
    title: 'Another agent has this name',
    remedy: 'Choose another name, or leave it out and let the hub choose.',
  },
  'channel.limit': {
    status: 409,
    retryable: false,
    title: 'Too many channels or members',
    remedy: 'Leave channels you no longer need, or use an existing one.',
  },
  'notification.channel_not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such channel for notifications',
    remedy: 'List them with `agentcom notify channel list`.',
  },
  'notification.channel_exists': {
    status: 409,
    retryable: false,
    title: 'Another channel has this name',
    remedy: 'Choose another name, or change the channel that has it with `agentcom notify channel set`.',
  },
  'notification.channel_limit': {
    status: 409,
    retryable: false,
    title: 'The organisation has as many channels as it may have',
    remedy: 'Remove one that you no longer need with `agentcom notify channel remove`.',
  },
  'notification.version_conflict': {
    status: 412,
    retryable: false,
    title: 'Somebody else changed the routes in the meantime',
    remedy:
      'Read them again with `agentcom notify route list`, then repeat the change. HTTP clients: send the new version.',
  },
  'notification.delivery_not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such delivery that was given up',
    remedy: 'List those that can be sent again with `agentcom notify deliveries --state dead`.',
  },
  'notification.subscription_not_found': {
    status: 404,
    retryable: false,
    title: 'There is no such push subscription of yours',
    remedy: 'Nothing needs to be done: this browser is told nothing any more.',
  },
  'dashboard.not_built': {
    status: 503,
    retryable: true,
    title: 'The hub has no dashboard to serve',
    remedy: 'Run `npm run build` in the checkout that the hub runs from.',
  },
  'join.not_built': {
    status: 503,
    retryable: true,
    title: 'The hub has no join bundle to serve',
    remedy:
      'Run `npm run build` in the checkout that the hub runs from, or join from a checkout with `agentcom join HUB`.',
  },
  'idempotency.key_reused': {
    status: 422,
    retryable: false,
    title: 'The idempotency key belongs to a different request',
    remedy: 'Use a new key for a new request. To repeat the earlier request, send exactly the same one.',
  },
  'idempotency.answer_not_kept': {
    status: 409,
    retryable: false,
    title: 'The request took effect, but its answer cannot be shown again',
    remedy:
      'The answer held a secret, which is shown only once. If you lost it, revoke what the first request created, then retry with a new idempotency key.',
  },
  'enrolment.invalid': {
    status: 401,
    retryable: false,
    title: 'The enrolment token is not valid',
    remedy: 'The token is unknown, used up or expired. Get a new one with `agentcom agent invite`.',
  },
  'enrolment.not_found': {
    status: 404,
    retryable: false,
    title: 'Enrolment not found',
    remedy: 'Find its id with `agentcom agent invitations`.',
  },
  'token.invalid': {
    status: 401,
    retryable: false,
    title: 'The link is not valid',
    remedy:
      'The link was used, revoked or has expired. Ask whoever sent it for a new one; `agentcom login` makes one for you.',
  },
  'registration.closed': {
    status: 403,
    retryable: false,
    title: 'Registration is by invitation only',
    remedy: 'Ask an owner of your organisation for an invitation: `agentcom member invite`.',
  },
  'person.email_taken': {
    status: 409,
    retryable: false,
    title: 'There is an account with this address already',
    remedy: 'Sign in with it, then use the invitation.',
  },
  'person.not_found': {
    status: 404,
    retryable: false,
    title: 'Person not found',
    remedy: 'Sign in again.',
  },
  'person.required': {
    status: 403,
    retryable: false,
    title: 'Only a person with an account can do this',
    remedy: 'Sign in at the hub in a browser. A key belongs to an organisation, not to a person.',
  },
  'session.required': {
    status: 403,
    retryable: false,
    title: 'Only a session can do this',
    remedy: 'Sign in at the hub in a browser; `agentcom login` prints a link for that.',
  },
  'session.not_found': {
    status: 404,
    retryable: false,
    title: 'Session not found',
    remedy: 'List your sessions with `GET /api/v1/sessions`.',
  },
  'member.not_found': {
    status: 404,
    retryable: false,
    title: 'Member not found',
    remedy: 'Find the id with `agentcom member list`.',
  },
  'member.elsewhere': {
    status: 409,
    retryable: false,
    title: 'The account also belongs to other organisations',
    remedy: 'The person changes the password when signed in. Whoever lost it: ask for an invitation for a new account.',
  },
  'member.linked': {
    status: 409,
    retryable: false,
    title: 'The account is linked with an identity provider',
    remedy: 'The person signs in there, and can set a password when signed in.',
  },
  'member.exists': {
    status: 409,
    retryable: false,
    title: 'You are a member already',
    remedy: 'Switch to the organisation instead. The invitation is still good for somebody else.',
  },
  'member.none': {
    status: 403,
    retryable: false,
    title: 'The account belongs to no organisation',
    remedy: 'Ask an owner for an invitation.',
  },
  'member.last_owner': {
    status: 409,
    retryable: false,
    title: 'This is the last owner',
    remedy: 'Make somebody else an owner first with `agentcom member role ID owner`.',
  },
  'invitation.not_found': {
    status: 404,
    retryable: false,
    title: 'Invitation not found',
    remedy: 'Find its id with `agentcom member invitations`.',
  },
  'org.exists': {
    status: 409,
    retryable: false,
    title: 'An organisation of this name exists already',
    remedy: 'Choose another name.',
  },
  'org.not_found': {
    status: 404,
    retryable: false,
    title: 'Organisation not found',
    remedy: 'List your organisations with `GET /api/v1/me`.',
  },
  'quota.exceeded': {
    status: 403,
    retryable: false,
    title: 'A quota is used up',
    remedy: 'Remove what is no longer needed, or ask whoever runs the hub for more.',
  },
  'protocol.hello_required': {
    status: 400,
    retryable: false,
    title: 'The first frame must be `hello`',
    remedy: 'Send `hello` and wait for `welcome` before anything else.',
  },
  'protocol.unknown_type': {
    status: 400,
    retryable: false,
    title: 'Unknown frame type',
    remedy: 'Send only the frame types of `agentcom.v1`; see `GET /api/v1/schemas`.',
  },
  'protocol.unsupported_version': {
    status: 400,
    retryable: false,
    title: 'The hub does not support this protocol version',
    remedy:
      'Update the sidecar or the hub, whichever is older. Clients: request the subprotocol `agentcom.v1`, or `agentcom.live.v1` at `/ws/live`.',
  },
  'sidecar.stopping': {
    status: 503,
    retryable: true,
    title: 'The sidecar is shutting down',
    remedy: 'Retry when the sidecar is back. The request takes effect only once.',
  },
  'key.not_found': {
    status: 404,
    retryable: false,
    title: 'Key not found',
    remedy: 'Find its id with `agentcom key list`.',
  },
  'key.not_rotatable': {
    status: 409,
    retryable: false,
    title: 'The key cannot be rotated',
    remedy:
      "Rotate the key that replaced it. An agent's key is replaced by `agentcom join HUB --rejoin` on its machine.",
  },
  'key.last_owner': {
    status: 409,
    retryable: false,
    title: 'This is the last owner key',
    remedy:
      'Create another one first with `agentcom key create NAME --role owner`: without one, nobody could manage keys.',
  },
  'alert.not_found': {
    status: 404,
    retryable: false,
    title: 'Alert not found',
    remedy: 'Find its id with `agentcom alert list`.',
  },
  'alert.already_resolved': {
    status: 409,
    retryable: false,
    title: 'The alert is resolved',
    remedy: 'Nothing is left to acknowledge. See what is still open with `agentcom alert list`.',
  },
  'silence.not_found': {
    status: 404,
    retryable: false,
    title: 'Silence not found',
    remedy: 'Find its id with `agentcom silence list`.',
  },
  'silence.matches_nothing': {
    status: 409,
    retryable: false,
    title: 'The silence would end at once',
    remedy: 'No open alert matches it. Correct it, or silence for a time instead of until the alert is resolved.',
  },
  'silence.too_many': {
    status: 409,
    retryable: false,
    title: 'There are too many silences',
    remedy: 'Remove those that are no longer needed with `agentcom silence remove ID`.',
  },
  'view.not_found': {
    status: 404,
    retryable: false,
    title: 'Saved view not found',
    remedy: 'See which there are with `agentcom task views`.',
  },
  'view.name_taken': {
    status: 409,
    retryable: false,
    title: 'There is a saved view of that name',
    remedy: 'Choose another name, or change the one that is there.',
  },
  'view.too_many': {
    status: 409,
    retryable: false,
    title: 'There are too many saved views',
    remedy: 'Delete those that nobody needs any more.',
  },
  'halt.not_found': {
    status: 404,
    retryable: false,
    title: 'Halt not found',
    remedy: 'Find its id with `agentcom halts`.',
  },
  'halt.too_many': {
    status: 409,
    retryable: false,
    title: 'There are too many halts',
    remedy: 'End those that are no longer needed with `agentcom resume ID`.',
  },
  'limit.not_found': {
    status: 404,
    retryable: false,
    title: 'Spend limit not found',
    remedy: 'See which there are with `agentcom limit list`.',
  },
  'limit.version_conflict': {
    status: 412,
    retryable: false,
    title: 'Somebody else changed the spend limit in the meantime',
    remedy: 'Look at it again with `agentcom limit show`, then repeat the change. HTTP clients: send the new version.',
  },
  'limit.too_many': {
    status: 409,
    retryable: false,
    title: 'There are too many spend limits',
    remedy: 'Remove those that are no longer needed with `agentcom limit remove SCOPE`.',
  },
  'backup.not_found': {
    status: 404,
    retryable: false,
    title: 'Backup not found',
    remedy: 'Check the id with `agentcom backup list`.',
  },
  'operation.not_found': {
    status: 404,
    retryable: false,
    title: 'Operation not found',
    remedy:
      'Check the id: the command that began it prints it, and `GET /api/v1/operations` lists the last 100. One that another hub began is not known to the hub that leads now.',
  },
  'operation.busy': {
    status: 409,
    retryable: true,
    title: 'Too many operations wait for each other',
    remedy: 'Wait for the one in the message, or stop it with `POST /api/v1/operations/ID/stop`.',
  },
  'operation.not_stoppable': {
    status: 409,
    retryable: false,
    title: 'The operation can no longer be stopped',
    remedy: 'Wait for its end.',
  },
  'operation.not_undoable': {
    status: 409,
    retryable: false,
    title: 'The operation cannot be undone',
    remedy:
      'Moves to another lane and requeued dead letters can be undone within an hour. What was cancelled or discarded stays so: submit it again.',
  },
  'operation.undo_running': {
    status: 409,
    retryable: false,
    title: 'The operation is being undone already',
    remedy:
      'Follow the operation in the message. To undo only what is left of it later, stop it first with `POST /api/v1/operations/ID/stop`.',
  },
  'restore.not_possible': {
    status: 409,
    retryable: false,
    title: 'This hub cannot restore by itself',
    remedy: 'Other hubs may use its NATS server. Stop all of them, then run `agentcom backup restore FILE --replace`.',
  },
  'sidecar.offline': {
    status: 503,
    retryable: true,
    title: 'The sidecar is not connected to the hub',
    remedy: 'Keep working and retry later. Reports are stored and sent once the connection is back.',
  },
  'sidecar.internal': {
    status: 500,
    retryable: true,
    title: 'The sidecar failed to handle the request',
    remedy: "Retry. If it fails again, read the sidecar's log.",
  },
  'hub.busy': {
    status: 503,
    retryable: true,
    title: 'The hub is overloaded',
    remedy: 'Wait a moment, then retry. HTTP clients: wait for `Retry-After`.',
  },
  'hub.not_leader': {
    status: 503,
    retryable: true,
    title: 'This hub is not the leader',
    remedy: 'Retry in a moment, or go to the leader: open its address, or give it to the command as `--hub`.',
  },
  'hub.behind': {
    status: 503,
    retryable: true,
    title: 'This hub is not up to date yet',
    remedy: 'Retry, or ask the leader: the change has not reached this hub yet.',
  },
  'hub.recovering': {
    status: 503,
    retryable: true,
    title: 'The hub is reading its journal',
    remedy: 'Wait a moment, then retry. `agentcom doctor` says when it is ready.',
  },
  'hub.outcome_unknown': {
    status: 503,
    retryable: true,
    title: 'The outcome of the request is unknown',
    remedy: 'Retry with the same idempotency key: the request takes effect only once.',
  },
  'hub.draining': {
    status: 503,
    retryable: true,
    title: 'The hub is shutting down',
    remedy: 'Retry when the hub is back.',
  },
  'hub.low_disk': {
    status: 503,
    retryable: true,
    title: 'The hub is low on disk space and accepts no new tasks',
    remedy: "Free up space on the disk with the hub's data. Running tasks continue.",
  },
  'hub.internal': {
    status: 500,
    retryable: true,
    title: 'The hub failed to handle the request',
    remedy: "Retry. If it fails again, search the hub's log for the trace id.",
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** Whether a text from outside is a code of this catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

export function catalogueEntry(code: ErrorCode): CatalogueEntry {
  return ERRORS[code];
}
