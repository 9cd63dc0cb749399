// All schemas by the names under which the hub serves them, as JSON Schema 2020-12.

import type { TSchema } from 'typebox';
import * as agent from './agent.js';
import * as alerts from './alerts.js';
import * as audit from './audit.js';
import * as costs from './costs.js';
import * as diff from './diff.js';
import { Holding, hubFrames, sidecarFrames, WireLimits } from './frames.js';
import * as halts from './halts.js';
import * as http from './http.js';
import { HubSettings } from './hub-settings.js';
import { API_ROOT } from './limits.js';
import * as live from './live.js';
import { Message } from './message.js';
import * as notify from './notify.js';
import * as operation from './operation.js';
import * as people from './people.js';
import { ErrorDetail, Problem } from './problem.js';
import { ClientSettings } from './programs.js';
import { type Openness, published } from './published.js';
import { ROUTES, type Route } from './routes.js';
import { Config, ConfigPatch } from './runtime-config.js';
import * as savedViews from './saved-views.js';
import { SidecarSettings } from './sidecar-settings.js';
import * as spendLimits from './spend-limits.js';
import * as task from './task.js';

function frames(side: string, table: Readonly<Record<string, TSchema>>): Record<string, TSchema> {
  return Object.fromEntries(Object.entries(table).map(([type, schema]) => [`${side}.${type}`, schema]));
}

/** Types have capitals; frames are `sidecar.<type>` and `hub.<type>`, of the live socket `page.<type>` and `live.<type>`, by who says them. */
export const schemasByName: Readonly<Record<string, TSchema>> = {
  TaskSpec: task.TaskSpec,
  TaskView: task.TaskView,
  SubmittedTask: task.SubmittedTask,
  TaskSummary: task.TaskSummary,
  TaskPage: http.TaskPage,
  TaskListQuery: http.TaskListQuery,
  TaskShowQuery: http.TaskShowQuery,
  AssignedTask: task.AssignedTask,
  Attempt: task.Attempt,
  HistoryEntry: task.HistoryEntry,
  Usage: task.Usage,
  Result: task.Result,
  TaskError: task.TaskError,
  Question: task.Question,
  Answered: task.Answered,
  PastAttempt: task.PastAttempt,
  VerificationRun: task.VerificationRun,
  Session: task.Session,
  Overlap: task.Overlap,
  OutputQuery: http.OutputQuery,
  OutputPiece: http.OutputPiece,
  OutputPage: http.OutputPage,
  LinesQuery: http.LinesQuery,
  OutputLine: http.OutputLine,
  OutputLines: http.OutputLines,
  DiffFile: diff.DiffFile,
  DiffQuery: diff.DiffQuery,
  TaskDiff: diff.TaskDiff,
  DiffComment: diff.DiffComment,
  CommentsBody: diff.CommentsBody,
  Commented: diff.Commented,
  Message,
  MessageBody: http.MessageBody,
  MessageQuery: http.MessageQuery,
  MessageListQuery: http.MessageListQuery,
  MessagePage: http.MessagePage,
  ListedMessage: http.ListedMessage,
  InboxPage: http.InboxPage,
  Channel: http.Channel,
  ChannelQuery: http.ChannelQuery,
  ChannelPage: http.ChannelPage,
  Why: task.Why,
  ReasonBody: http.ReasonBody,
  AnswerBody: http.AnswerBody,
  Empty: http.Empty,
  PageQuery: http.PageQuery,
  DeadLetter: http.DeadLetter,
  DeadLetterPage: http.DeadLetterPage,
  DeadLetterQuery: http.DeadLetterQuery,
  RequeueBody: http.RequeueBody,
  BulkRequeueBody: http.BulkRequeueBody,
  TaskActionBody: http.TaskActionBody,
  BulkRequeued: http.BulkRequeued,
  AgentIntroduction: agent.AgentIntroduction,
  AgentSummary: agent.AgentSummary,
  AgentView: agent.AgentView,
  AgentPage: http.AgentPage,
  AgentListQuery: http.AgentListQuery,
  Holding,
  EnrolmentBody: http.EnrolmentBody,
  Enrolment: http.Enrolment,
  EnrolBody: http.EnrolBody,
  Enrolled: http.Enrolled,
  KeyBody: people.KeyBody,
  CreatedKey: people.CreatedKey,
  KeyView: people.KeyView,
  KeyPage: people.KeyPage,
  KeyListQuery: people.KeyListQuery,
  RotateBody: people.RotateBody,
  RotatedKey: people.RotatedKey,
  EnrolmentView: people.EnrolmentView,
  EnrolmentPage: people.EnrolmentPage,
  IdPageQuery: people.IdPageQuery,
  OrgBody: people.OrgBody,
  OrgView: people.OrgView,
  CreatedOrg: people.CreatedOrg,
  OrgPatch: people.OrgPatch,
  OrgUsage: people.OrgUsage,
  UsageQuery: people.UsageQuery,
  CostQuery: costs.CostQuery,
  CostFigures: costs.CostFigures,
  CostItem: costs.CostItem,
  CostReport: costs.CostReport,
  Forecast: costs.Forecast,
  EstimateBody: costs.EstimateBody,
  Estimate: costs.Estimate,
  OrgSummary: people.OrgSummary,
  OrgPage: people.OrgPage,
  OrgListQuery: people.OrgListQuery,
  MemberView: people.MemberView,
  MemberPage: people.MemberPage,
  MemberPatch: people.MemberPatch,
  InviteBody: people.InviteBody,
  Invited: people.Invited,
  InvitationView: people.InvitationView,
  OpenInvitation: people.OpenInvitation,
  InvitationPage: people.InvitationPage,
  Link: people.Link,
  RegistrationBody: people.RegistrationBody,
  SignInBody: people.SignInBody,
  SignInOptions: people.SignInOptions,
  Me: people.Me,
  SessionView: people.SessionView,
  SessionPage: people.SessionPage,
  SwitchBody: people.SwitchBody,
  PasswordBody: people.PasswordBody,
  ResetBody: people.ResetBody,
  MailResetBody: people.MailResetBody,
  MembershipBody: people.MembershipBody,
  AuditEntry: audit.AuditEntry,
  AuditBreak: audit.AuditBreak,
  AuditPage: audit.AuditPage,
  AuditQuery: audit.AuditQuery,
  AlertView: alerts.AlertView,
  AlertPage: alerts.AlertPage,
  AlertListQuery: alerts.AlertListQuery,
  AcknowledgeBody: alerts.AcknowledgeBody,
  NoiseBody: alerts.NoiseBody,
  SilenceBody: alerts.SilenceBody,
  SilenceView: alerts.SilenceView,
  SilencePage: alerts.SilencePage,
  SilenceListQuery: alerts.SilenceListQuery,
  AlertRuleView: alerts.AlertRuleView,
  AlertRulePage: alerts.AlertRulePage,
  AlertRuleListQuery: alerts.AlertRuleListQuery,
  AlertRuleTestBody: alerts.AlertRuleTestBody,
  AlertRuleTested: alerts.AlertRuleTested,
  SavedViewBody: savedViews.SavedViewBody,
  SavedViewPatch: savedViews.SavedViewPatch,
  SavedView: savedViews.SavedView,
  SavedViewPage: savedViews.SavedViewPage,
  SavedViewListQuery: savedViews.SavedViewListQuery,
  HaltScope: halts.HaltScope,
  HaltBody: halts.HaltBody,
  HaltView: halts.HaltView,
  HaltReach: halts.HaltReach,
  MadeHalt: halts.MadeHalt,
  HaltPage: halts.HaltPage,
  HaltListQuery: halts.HaltListQuery,
  LimitScope: spendLimits.LimitScope,
  LimitBody: spendLimits.LimitBody,
  LimitView: spendLimits.LimitView,
  LimitPage: spendLimits.LimitPage,
  LimitListQuery: spendLimits.LimitListQuery,
  ProviderAnswer: people.ProviderAnswer,
  PasskeyOptions: people.PasskeyOptions,
  PasskeyBody: people.PasskeyBody,
  PasskeyView: people.PasskeyView,
  PasskeyPage: people.PasskeyPage,
  PasskeySignInBody: people.PasskeySignInBody,
  ConfirmBody: people.ConfirmBody,
  TotpSecret: people.TotpSecret,
  CodeBody: people.CodeBody,
  RecoveryCodes: people.RecoveryCodes,
  NotificationChannel: notify.NotificationChannel,
  NotificationChannelBody: notify.NotificationChannelBody,
  NotificationChannelPatch: notify.NotificationChannelPatch,
  NotificationChannelPage: notify.NotificationChannelPage,
  NotificationChannelQuery: notify.NotificationChannelQuery,
  QuietHours: notify.QuietHours,
  TestSend: notify.TestSend,
  DeliveryListQuery: notify.DeliveryListQuery,
  NotificationDelivery: notify.NotificationDelivery,
  NotificationDeliveryPage: notify.NotificationDeliveryPage,
  RouteMatch: notify.RouteMatch,
  NotificationRoute: notify.NotificationRoute,
  NotificationRoutes: notify.NotificationRoutes,
  PushKey: notify.PushKey,
  PushSubscriptionBody: notify.PushSubscriptionBody,
  PushSubscription: notify.PushSubscription,
  Backup: http.Backup,
  BackupPage: http.BackupPage,
  BackupVerified: http.BackupVerified,
  VerifyBody: operation.VerifyBody,
  RestoreBody: operation.RestoreBody,
  Operation: operation.Operation,
  OperationPage: operation.OperationPage,
  Stats: http.Stats,
  SchemaNames: http.SchemaNames,
  Live: http.Live,
  ReadyQuery: http.ReadyQuery,
  Ready: http.Ready,
  Health: http.Health,
  Problem,
  ErrorDetail,
  WireLimits,
  Config,
  ConfigPatch,
  HubSettings,
  SidecarSettings,
  ClientSettings,
  ...frames('sidecar', sidecarFrames),
  ...frames('hub', hubFrames),
  LiveView: live.LiveView,
  LiveOverview: live.LiveOverview,
  LiveNeed: live.LiveNeed,
  NeedListQuery: live.NeedListQuery,
  NeedPage: live.NeedPage,
  LiveTask: live.LiveTask,
  LiveTaskTexts: live.LiveTaskTexts,
  LiveTaskWhy: live.LiveTaskWhy,
  LiveAgent: live.LiveAgent,
  DeadLetterGroup: live.DeadLetterGroup,
  LiveCosts: live.LiveCosts,
  LiveSystem: live.LiveSystem,
  LiveActivity: live.LiveActivity,
  ...frames('page', live.pageFrames),
  ...frames('live', live.liveFrames),
};

/** What is read from others, and so takes nothing that it does not know. */
const INPUTS: ReadonlySet<TSchema> = inputsOf([
  ...Object.values<Route>(ROUTES).flatMap(({ path, query, body }) => [path, query, body]),
  ...Object.values(sidecarFrames),
  ...Object.values(live.pageFrames),
  ...[HubSettings, SidecarSettings, ClientSettings],
]);

/** With everything in them. */
function inputsOf(schemas: readonly unknown[], found = new Set<TSchema>()): Set<TSchema> {
  for (const schema of schemas) {
    if (typeof schema !== 'object' || schema === null || found.has(schema)) continue;
    found.add(schema);
    inputsOf(Object.values(schema), found);
  }
  return found;
}

export function opennessOf(schema: TSchema): Openness {
  return INPUTS.has(schema) ? 'closed' : 'open';
}

/** The schema as it is served; undefined when there is none of that name. Its `$id` is its address at the hub. */
export function publishedSchema(name: string): object | undefined {
  const schema = Object.hasOwn(schemasByName, name) ? schemasByName[name] : undefined;
  if (schema === undefined) return undefined;
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  return { $schema, $id: `${API_ROOT}/schemas/${name}`, title: name, ...published(schema, opennessOf(schema)) };
}
