// The text of a job's record, and what is accepted as one.

import { completed } from '../core/blank.js';
import { type Job, PHASES } from '../core/job-model.js';

/** Grows when a field changes its meaning; one that is new has a blank value, and records of before are read with it. */
const VERSION = 2;

export function formatRecord(job: Job): string {
  return JSON.stringify({ version: VERSION, job });
}

/**
 * Reads a record. It was written by this program and moved into place whole, so only its frame is looked at.
 * Throws an error that says what is wrong when it is damaged or of another version.
 */
export function parseRecord(text: string): Job {
  const record: unknown = JSON.parse(text);
  if (!isObject(record) || !('version' in record) || !('job' in record)) throw new Error('not the record of a job');
  if (record.version !== VERSION) throw new Error(`the record has version ${String(record.version)}, not ${VERSION}`);
  if (!isJob(record.job)) throw new Error('the record does not describe a job');
  return completed(record.job);
}

function isJob(value: unknown): value is Job {
  if (!isObject(value)) return false;
  const { task, generation, phase, outbox }: Partial<Record<keyof Job, unknown>> = value;
  if (!isObject(task) || !('id' in task) || typeof task.id !== 'string') return false;
  if (!isObject(outbox) || !('reports' in outbox) || !Array.isArray(outbox.reports)) return false;
  return Number.isSafeInteger(generation) && PHASES.some((known) => known === phase);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
