// A task: as it is asked for, as it is shown, and what its attempts report. Long because it is data, one schema after the other.

import type { TSchema } from 'typebox';
import * as Type from 'typebox';
import { LIMITS } from './limits.js';
import { CANCEL_CAUSES, DEATH_CAUSES, LIMIT_WINDOWS, SCHEDULED_REASONS, WHY_CODES } from './names.js';
import {
  BranchName,
  Commit,
  Count,
  closed,
  type Data,
  FailureClassName,
  FailureCode,
  Generation,
  GitRef,
  integer,
  JsonData,
  Labels,
  LaneName,
  line,
  list,
  Needs,
  oneOf,
  QuestionId,
  RepoPath,
  RepoUrl,
  Slug,
  TaskId,
  TaskStateName,
  Timestamp,
  text,
  WebUrl,
} from './primitives.js';

export const Repo = closed({ url: RepoUrl, base: Type.Optional(BranchName) });
export type Repo = Data<typeof Repo>;

export const Budget = closed({
  costMicros: Type.Optional(integer(1, LIMITS.amount)),
  tokens: Type.Optional(integer(1, LIMITS.amount)),
});

const Title = line(LIMITS.titleChars);
export const Prompt = text(LIMITS.promptBytes);
export const RunnerName = Slug;
export const Model = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$',
  mustBe: 'at most 128 letters, digits and . _ : / @ -, beginning with a letter or digit',
});

/** One, or several in order of preference: the first that is available is used. */
function preferred<Name extends TSchema>(name: Name, what: string) {
  return Type.Union([name, list(name, LIMITS.preferences, { minItems: 1, uniqueItems: true })], {
    mustBe: `${what}, or a list of 1 to ${LIMITS.preferences} of them in order of preference`,
  });
}
export const PreferredRunners = preferred(RunnerName, 'the name of a runner');
export const PreferredModels = preferred(Model, 'the name of a model');
/** In millionths: what nine of ten tasks like it may cost, for it to be started with a runner and model. */
export const MaxCost = integer(1, LIMITS.amount);
export const MaxAttempts = integer(1, LIMITS.maxAttempts);
export const RunTimeoutSeconds = integer(1, LIMITS.runTimeoutSeconds);
const DependsOn = list(TaskId, LIMITS.dependsOn, { uniqueItems: true });
/** No shell reads it, so it is refused here rather than after an agent has done its work. */
const PlainCommand = line(LIMITS.verifyChars, {
  format: 'plain-command',
  mustBe: 'one command that needs no shell; put anything else in a script in the repository',
});
const Verify = list(PlainCommand, LIMITS.verify);

/** Parts of a task that stay absent unless they were asked for. */
const whenAsked = {
  repo: Type.Optional(Repo),
  /** Begins from the branch that its one parent has made, when there is one; else, and once that is gone, from the base of `repo`. */
  baseFromParent: Type.Optional(Type.Boolean()),
  runner: Type.Optional(PreferredRunners),
  model: Type.Optional(PreferredModels),
  maxCost: Type.Optional(MaxCost),
  notBefore: Type.Optional(Timestamp),
  budget: Type.Optional(Budget),
  verify: Type.Optional(Verify),
  inactivitySeconds: Type.Optional(integer(1, LIMITS.inactivitySeconds)),
  data: Type.Optional(JsonData),
};

/** The body of `POST /tasks`. */
export const taskSpecFields = {
  title: Title,
  prompt: Prompt,
  lane: Type.Optional(LaneName),
  needs: Type.Optional(Needs),
  labels: Type.Optional(Labels),
  maxAttempts: Type.Optional(MaxAttempts),
  runTimeoutSeconds: Type.Optional(RunTimeoutSeconds),
  dependsOn: Type.Optional(DependsOn),
  ...whenAsked,
};
export const TaskSpec = closed(taskSpecFields);
export type TaskSpec = Data<typeof TaskSpec>;

/** What was asked for, with every default filled in. */
const settledFields = {
  id: TaskId,
  title: Title,
  prompt: Prompt,
  lane: LaneName,
  needs: Needs,
  labels: Labels,
  maxAttempts: MaxAttempts,
  runTimeoutSeconds: RunTimeoutSeconds,
  dependsOn: DependsOn,
  ...whenAsked,
  /** With `baseFromParent`: the branch its parent has made. */
  parentBranch: Type.Optional(BranchName),
};

const { maxCost: _maxCost, ...assignedFields } = settledFields;

const CurrencyCode = Type.String({ pattern: '^[A-Z]{3}$', mustBe: 'a currency code such as EUR' });

function usage(amount: typeof Count, bounds: { readonly maxItems?: number } = {}) {
  return closed({
    inputTokens: Type.Optional(amount),
    outputTokens: Type.Optional(amount),
    costMicros: Type.Optional(amount),
    currency: Type.Optional(CurrencyCode),
    seconds: Type.Optional(Type.Number({ minimum: 0, maximum: LIMITS.amount })),
    /** Where it was paid in several currencies: what was paid in others than `currency`. */
    otherCosts: Type.Optional(Type.Array(closed({ currency: CurrencyCode, costMicros: amount }), bounds)),
  });
}

/** What one attempt has used so far. A missing figure is unknown, not zero. */
export const Usage = usage(integer(0, LIMITS.amount), { maxItems: LIMITS.otherCosts });
export type Usage = Data<typeof Usage>;
/** The sum over attempts. */
export const UsageTotal = usage(Count);
export type UsageTotal = Data<typeof UsageTotal>;

const choice = { runner: Type.Optional(RunnerName), model: Type.Optional(Model) };

/** A runner and a model that a task may be given to, and what nine of ten tasks like it cost with them. */
export const TaskRoute = closed({
  ...choice,
  /** Absent: nobody knows. */
  costMicros: Type.Optional(Count),
  currency: Type.Optional(CurrencyCode),
  /** Tasks that this was learnt from; absent: none was looked at. */
  n: Type.Optional(Count),
  /** What other models cost them was converted by the list prices. */
  byPrice: Type.Optional(Type.Literal(true)),
});
export type TaskRoute = Data<typeof TaskRoute>;

/** Of several runners and models that a task names, those of an offer. */
export const Choice = closed({
  ...choice,
  /** Its place in the order of preference, from 1, and how many there are. */
  place: integer(1, LIMITS.preferences ** 2),
  of: integer(1, LIMITS.preferences ** 2),
  /** Why none that comes before was chosen. */
  because: Type.Optional(Type.String()),
});
export type Choice = Data<typeof Choice>;

/** One verify command and how it ended; without `exitCode` it was ended by a signal, a time limit, or did not start. */
export const VerificationRun = closed({
  command: line(LIMITS.verifyChars),
  exitCode: Type.Optional(integer(0, 255)),
  seconds: Type.Number({ minimum: 0, maximum: LIMITS.amount }),
  /** The end of what it printed. */
  output: text(LIMITS.verificationOutputBytes, { minLength: 0 }),
});
export type VerificationRun = Data<typeof VerificationRun>;

/** The conversation of the agent's tool, by which it can be resumed. */
export const Session = closed({ runner: RunnerName, id: line(128), model: Type.Optional(Model) });
export type Session = Data<typeof Session>;

export const Result = closed({
  summary: text(LIMITS.summaryBytes, { minLength: 0 }),
  branch: Type.Optional(BranchName),
  commit: Type.Optional(Commit),
  pullRequest: Type.Optional(WebUrl),
  /** Why nothing had to change in the repository; there is no branch then. */
  noChange: Type.Optional(text(LIMITS.noteBytes)),
  data: Type.Optional(JsonData),
  verification: Type.Optional(list(VerificationRun, LIMITS.verify)),
  /** What was not as usual: a branch behind its base, a request that could not be opened and how to do so. */
  notes: Type.Optional(list(text(LIMITS.noteBytes), LIMITS.notes)),
});
export type Result = Data<typeof Result>;

export const TaskError = closed({
  class: FailureClassName,
  code: FailureCode,
  message: text(LIMITS.errorMessageBytes),
});
export type TaskError = Data<typeof TaskError>;

export const questionFields = {
  questionId: QuestionId,
  question: text(LIMITS.questionBytes),
  context: Type.Optional(text(LIMITS.contextBytes)),
  choices: Type.Optional(list(line(LIMITS.choiceChars), LIMITS.choices)),
};
export const Question = closed(questionFields);
export type Question = Data<typeof Question>;

export const progressFields = {
  note: Type.Optional(Type.String({ minLength: 1, maxLength: LIMITS.noteChars })),
  fraction: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};

const Progress = closed({ at: Timestamp, ...progressFields });

/** A question that was answered. */
export const Answered = closed({ ...questionFields, answer: text(LIMITS.answerBytes) });
export type Answered = Data<typeof Answered>;

/** What a later attempt is told of an earlier one. */
export const PastAttempt = closed({
  generation: Generation,
  agent: Slug,
  error: Type.Optional(TaskError),
});
export type PastAttempt = Data<typeof PastAttempt>;

/** The task as its sidecar gets it, with what became of it before; the newest of each, within `LIMITS.assignmentPastBytes`. */
export const AssignedTask = closed({
  ...assignedFields,
  /** What the hub has chosen, where the task names several. */
  runner: Type.Optional(RunnerName),
  model: Type.Optional(Model),
  pastAttempts: Type.Optional(list(PastAttempt, LIMITS.pastAttempts)),
  answers: Type.Optional(list(Answered, LIMITS.pastAnswers)),
  /** What the attempts before have used. */
  used: Type.Optional(UsageTotal),
  /** Only push what an attempt before has left, whatever its checks said: a person has let it through. */
  push: Type.Optional(closed({ salvageRef: GitRef })),
  /** Asked for when it was requeued: this attempt begins a new session, even where an earlier one could be resumed. */
  freshSession: Type.Optional(Type.Boolean()),
  /** The prompt is not the one that this agent's attempts before were given. */
  promptChanged: Type.Optional(Type.Boolean()),
});
export type AssignedTask = Data<typeof AssignedTask>;

/** A live task of the same repository that changes the same files at the same time. */
export const Overlap = closed({ task: TaskId, paths: list(RepoPath, LIMITS.changedPaths) });
export type Overlap = Data<typeof Overlap>;

/** What an attempt leaves that did not complete. */
export const leftFields = {
  /** Where its sidecar kept the unfinished work, in its cached repository. */
  salvageRef: Type.Optional(GitRef),
  /** What it had pushed already. */
  branch: Type.Optional(BranchName),
  /** The request it had opened; its sidecar closes it when the attempt was given up. */
  pullRequest: Type.Optional(WebUrl),
};

/** One accepted assignment. Without `endedAt` it is still going on; without `error` it did not fail. */
export const Attempt = closed({
  generation: Generation,
  agent: Slug,
  startedAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  error: Type.Optional(TaskError),
  usage: Type.Optional(Usage),
  /** Whether it counts against `maxAttempts`. */
  counted: Type.Boolean(),
  ...leftFields,
  /** Its sidecar has stopped it and said what it left; a lost attempt without it may have pushed a branch. */
  leftConfirmed: Type.Optional(Type.Boolean()),
  session: Type.Optional(Session),
  /** What it was to run with, where the task names several; `session` says what it did. */
  choice: Type.Optional(Choice),
  /** What stopped it: it was given back, and the task goes on when nothing holds it back. */
  halt: Type.Optional(closed({ id: Type.String(), reason: Type.String() })),
  /** The scope of the spend limit that stopped it. */
  limit: Type.Optional(Type.String()),
});
export type Attempt = Data<typeof Attempt>;

export const HistoryEntry = closed({
  at: Timestamp,
  event: Type.String(),
  detail: Type.Optional(Type.String()),
});
export type HistoryEntry = Data<typeof HistoryEntry>;

/** Where a task is, as lists show it. */
const standing = {
  state: TaskStateName,
  /** Why it is `scheduled`. */
  reason: Type.Optional(oneOf(SCHEDULED_REASONS)),
  /** When the present state ends by itself. */
  until: Type.Optional(Timestamp),
  generation: Count,
  agent: Type.Optional(Slug),
  /** Attempts that count against `maxAttempts`. */
  attemptsUsed: Count,
  createdAt: Timestamp,
  finishedAt: Type.Optional(Timestamp),
};

/** Why a task is where it is, in a few words: the first of the reasons that `Why` gives. */
export const RowWhy = closed({
  code: oneOf(WHY_CODES),
  text: Type.String(),
  until: Type.Optional(Timestamp),
});
export type RowWhy = Data<typeof RowWhy>;

export const taskSummaryFields = {
  id: TaskId,
  title: Title,
  lane: LaneName,
  needs: Needs,
  labels: Labels,
  repo: Type.Optional(Repo),
  /** As asked for, and what the hub chose of it for the last offer. */
  runner: Type.Optional(PreferredRunners),
  model: Type.Optional(PreferredModels),
  choice: Type.Optional(Choice),
  maxAttempts: Type.Optional(MaxAttempts),
  budget: Type.Optional(Budget),
  ...standing,
  /** When its newest attempt began. */
  startedAt: Type.Optional(Timestamp),
  progress: Type.Optional(Progress),
  usage: Type.Optional(UsageTotal),
  /** How its last attempt failed. */
  failure: Type.Optional(closed({ class: FailureClassName, code: FailureCode })),
  /** What it asks, while it is blocked. */
  asks: Type.Optional(text(LIMITS.questionBytes)),
  /** What it can be answered with, where that is not anything. */
  choices: questionFields.choices,
  pullRequest: Type.Optional(WebUrl),
  /** In lists of tasks; absent of one that just runs or is over, and where so much was to be looked at that the hub left it out. */
  why: Type.Optional(RowWhy),
};
export const TaskSummary = closed(taskSummaryFields);
export type TaskSummary = Data<typeof TaskSummary>;

/** Everything there is to say about one task. */
export const taskViewFields = {
  ...settledFields,
  ...standing,
  org: Slug,
  createdBy: Type.String(),
  /** Of the last offer, where it names several runners or models, or a `maxCost`. */
  choice: Type.Optional(Choice),
  /** With `maxCost`: what it may be given to, the cheapest first, by what was known when it last entered the queue. */
  routes: Type.Optional(Type.Array(TaskRoute)),
  /** Offers in a row without an accept. */
  offers: Count,
  question: Type.Optional(Question),
  progress: Type.Optional(Progress),
  /** Questions that were answered, oldest first. */
  answers: Type.Optional(Type.Array(Answered)),
  overlaps: Type.Optional(Type.Array(Overlap)),
  result: Type.Optional(Result),
  usage: Type.Optional(UsageTotal),
  death: Type.Optional(oneOf(DEATH_CAUSES)),
  cancel: Type.Optional(closed({ cause: oneOf(CANCEL_CAUSES), reason: Type.String(), by: Type.String() })),
  attempts: Type.Array(Attempt),
  attemptsDropped: Count,
  history: Type.Array(HistoryEntry),
  historyDropped: Count,
  /** The keys that its history names, by the names they were given. */
  names: Type.Optional(Type.Record(Type.String(), Type.String())),
};
export const TaskView = closed(taskViewFields);
export type TaskView = Data<typeof TaskView>;

const Amounts = closed({ costMicros: Type.Optional(Count), tokens: Type.Optional(Count) });

/** A spend limit of which less is left than nine of ten tasks like one have used at most. */
export const OverLimit = closed({
  /** Its scope. */
  limit: Type.String(),
  window: oneOf(LIMIT_WINDOWS),
  currency: Type.Optional(CurrencyCode),
  /** As far as it is more than what is left. */
  expected: Amounts,
  /** Neither used nor reserved by others. */
  left: Amounts,
});
export type OverLimit = Data<typeof OverLimit>;

export const SubmittedTask = closed({
  ...taskViewFields,
  /** The idempotency key had made this task before; nothing was submitted now. */
  repeated: Type.Optional(Type.Literal(true)),
  /** Under which it may not come to its end. */
  overLimits: Type.Optional(Type.Array(OverLimit)),
});
export type SubmittedTask = Data<typeof SubmittedTask>;

export const WhyReason = closed({
  code: oneOf(WHY_CODES),
  message: Type.String(),
  until: Type.Optional(Timestamp),
  task: Type.Optional(TaskId),
  /** The halt that holds it back. */
  halt: Type.Optional(Type.String()),
  /** The scope of the spend limit that does, such as `label:team=roof`. */
  limit: Type.Optional(Type.String()),
  /** The code of the last error, when that is why. */
  failure: Type.Optional(FailureCode),
});
export type WhyReason = Data<typeof WhyReason>;

/** Why a task is where it is: what keeps it from running, what is done with it, or how it ended. */
export const Why = closed({ task: TaskId, state: TaskStateName, reasons: Type.Array(WhyReason) });
export type Why = Data<typeof Why>;
