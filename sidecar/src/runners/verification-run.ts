// How a set-up or verify command ended, and why it may not have run.

import type { VerificationRun } from '@agentcom/schemas';
import type { Failure } from '../core/attempt.js';
import type { Outcome } from '../ports.js';
import type { Ended } from './run-directory.js';

/** Signals by which a person, the system or a lack of memory ends a program: they say nothing about it. */
const FROM_OUTSIDE: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);

export function verificationOf(command: string, program: string, ended: Ended): Outcome<VerificationRun> {
  if (ended.how === 'not begun') return failed('machine', 'runner.not_started', ended.why);
  if (ended.how === 'vanished') {
    return failed('transient', 'runner.lost', `the process of \`${command}\` disappeared without an exit code`);
  }
  const { startError, exit } = ended.record;
  if (startError !== null) {
    const said = `${program} cannot be started: ${startError}`;
    // A file of the repository is the agent's to mend, with the code that a shell gives it; a program of the machine is not.
    if (program.includes('/')) return { ok: true, value: { command, exitCode: 127, seconds: 0, output: `${said}\n` } };
    const message = `the command \`${command}\` did not run: ${said}; install it on the agent's machine, or correct the command`;
    return { ok: false, failure: { class: 'permanent', code: 'command.not_started', message, mend: 'person' } };
  }
  const { code, signal, cut, seconds, tail } = exit;
  if (cut === 'timeout') {
    return { ok: true, value: { command, seconds, output: `${tail}[stopped: it exceeded its time limit]\n` } };
  }
  if (code !== null) return { ok: true, value: { command, exitCode: code, seconds, output: tail } };
  if (signal !== null && !FROM_OUTSIDE.has(signal)) {
    return { ok: true, value: { command, seconds, output: `${tail}[crashed: ${signal}]\n` } };
  }
  return failed('transient', 'runner.killed', `\`${command}\` was killed${signal === null ? '' : ` by ${signal}`}`);
}

export function notPlain(line: string, problem: string): Outcome<never> {
  const message = `the command \`${line}\` needs a shell: ${problem}. Commands are not run through a shell: put it in a script`;
  return { ok: false, failure: { class: 'permanent', code: 'verify.not_plain', message, mend: 'person' } };
}

export function failed(kind: Failure['class'], code: string, message: string): Outcome<never> {
  return { ok: false, failure: { class: kind, code, message } };
}
