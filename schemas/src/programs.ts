// The programs and their settings: what each reads from flags, environment and file.

import * as Type from 'typebox';
import { HubSettings } from './hub-settings.js';
import { closed, type Data } from './primitives.js';
import { httpUrl, path } from './setting-parts.js';
import { SidecarSettings } from './sidecar-settings.js';

export const ClientSettings = closed({
  hub: httpUrl('Address of the hub.', { default: 'http://127.0.0.1:7700' }),
  keyFile: Type.Optional(path('The file with your key.')),
});
export type ClientSettings = Data<typeof ClientSettings>;

/** The programs, and what the environment variables of their settings begin with. */
export const PROGRAMS = {
  hub: { settings: HubSettings, prefix: 'AGENTCOM_' },
  sidecar: { settings: SidecarSettings, prefix: 'AGENTCOM_SIDECAR_' },
  client: { settings: ClientSettings, prefix: 'AGENTCOM_' },
} as const;
export type Program = keyof typeof PROGRAMS;

/**
 * Variables that are ours and no settings: what a task's agent finds around it, the enrolment token of `join`, the caller's key, the secrets
 * of a channel, and the directory of programs that set-up fetched.
 */
export const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'AGENTCOM_TASK_ID',
  'AGENTCOM_GENERATION',
  'AGENTCOM_SOCKET',
  'AGENTCOM_TOKEN',
  'AGENTCOM_TOKEN_FILE',
  'AGENTCOM_KEY',
  'AGENTCOM_NOTIFY_TOKEN',
  'AGENTCOM_NOTIFY_SECRET',
  'AGENTCOM_CACHE_DIR',
]);
