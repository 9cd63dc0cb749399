// How a command ends: the exit codes, and the error that carries one together with what to do about it.

import type { ErrorDetail } from '@agentcom/schemas';
import { codeOf as systemCode } from '@agentcom/schemas/host/error-code';

export const EXIT = {
  done: 0,
  failed: 1,
  cancelled: 2,
  usage: 64,
  unreachable: 69,
  /** The hub cannot do it now; the same command may succeed later. */
  retry: 75,
  notAllowed: 77,
  /** What is installed or kept cannot be used: no other start helps before a person has done something (EX_CONFIG of sysexits.h). */
  config: 78,
} as const;
/** As a shell has it for a program that a signal has ended: 128 and the signal's number. */
const SIGNAL_EXIT = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT] | (typeof SIGNAL_EXIT)[keyof typeof SIGNAL_EXIT];

export interface ErrorContext {
  /** What to do about it, as sentences for a person. */
  readonly remedy?: string;
  readonly details?: readonly ErrorDetail[];
  readonly traceId?: string;
  /** The request was sent and its answer was lost. */
  readonly mayHaveTakenEffect?: boolean;
  readonly cause?: unknown;
}

/** An expected end of a command. `code` is a word for programs: one of the hub's catalogue, or one of this command's own. */
export class CommandError extends Error {
  readonly remedy: string | undefined;
  readonly details: readonly ErrorDetail[];
  readonly traceId: string | undefined;
  readonly mayHaveTakenEffect: boolean;

  constructor(
    readonly exit: ExitCode,
    readonly code: string,
    message: string,
    context: ErrorContext = {},
  ) {
    super(message, { cause: context.cause });
    this.name = 'CommandError';
    this.remedy = context.remedy;
    this.details = context.details ?? [];
    this.traceId = context.traceId;
    this.mayHaveTakenEffect = context.mayHaveTakenEffect ?? false;
  }

  /** The same with another remedy. */
  withRemedy(remedy: string): CommandError {
    const { exit, code, message, details, traceId, mayHaveTakenEffect, cause } = this;
    const context = { remedy, details, mayHaveTakenEffect, cause, ...(traceId !== undefined && { traceId }) };
    return new CommandError(exit, code, message, context);
  }
}

/** A signal came while a person was asked. */
export class Interrupted extends CommandError {
  constructor(signal: NodeJS.Signals) {
    super(SIGNAL_EXIT[signal as keyof typeof SIGNAL_EXIT], 'cancelled', `interrupted by ${signal}`);
    this.name = 'Interrupted';
  }
}

/** Whether the hub may have done what was asked although it did not say so. */
export function isOutcomeUnknown(error: CommandError): boolean {
  return error.mayHaveTakenEffect || error.code === 'hub.outcome_unknown';
}

export function failed(code: string, message: string, remedy?: string): CommandError {
  return new CommandError(EXIT.failed, code, message, remedy === undefined ? {} : { remedy });
}

export function usageError(message: string, remedy?: string): CommandError {
  return new CommandError(EXIT.usage, 'usage', message, remedy === undefined ? {} : { remedy });
}

/** The message of whatever was thrown, in one line. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's word for what went wrong with a file. */
export function codeOf(thrown: unknown): string {
  return systemCode(thrown) ?? messageOf(thrown);
}
