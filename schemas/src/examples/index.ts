// Every example, by the name of the schema it is for.

import { alertExamples } from './alerts.js';
import { auditExamples } from './audit.js';
import { backupExamples } from './backups.js';
import { costExamples } from './costs.js';
import { diffExamples } from './diff.js';
import type { Examples } from './example.js';
import { hubExamples, sidecarExamples } from './frames.js';
import { haltExamples } from './halts.js';
import { httpExamples, settingsExamples } from './http.js';
import { liveExamples } from './live.js';
import { notifyExamples } from './notify.js';
import { peopleExamples } from './people.js';
import { savedViewExamples } from './saved-views.js';
import { limitExamples } from './spend-limits.js';
import * as tasks from './tasks.js';

function frames(side: string, table: Readonly<Record<string, Examples>>): Record<string, Examples> {
  return Object.fromEntries(Object.entries(table).map(([type, examples]) => [`${side}.${type}`, examples]));
}

export const examplesByName: Readonly<Record<string, Examples>> = {
  TaskSpec: tasks.taskSpec,
  TaskView: tasks.taskView,
  SubmittedTask: tasks.submittedTask,
  TaskSummary: tasks.taskSummary,
  AssignedTask: tasks.assignedTask,
  Attempt: tasks.attempt,
  HistoryEntry: tasks.historyEntry,
  Usage: tasks.usage,
  Result: tasks.result,
  TaskError: tasks.taskError,
  Question: tasks.question,
  Answered: tasks.answered,
  PastAttempt: tasks.pastAttempt,
  VerificationRun: tasks.verificationRun,
  Session: tasks.session,
  Overlap: tasks.overlap,
  Why: tasks.why,
  ...httpExamples,
  ...backupExamples,
  ...peopleExamples,
  ...costExamples,
  ...diffExamples,
  ...notifyExamples,
  ...auditExamples,
  ...alertExamples,
  ...haltExamples,
  ...savedViewExamples,
  ...liveExamples,
  ...limitExamples,
  ...settingsExamples,
  ...frames('sidecar', sidecarExamples),
  ...frames('hub', hubExamples),
};
