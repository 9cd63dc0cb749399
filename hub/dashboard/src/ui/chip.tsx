// States and severities: a shape, a word and a colour, so that no one of them is needed.

import type { AgentState, TaskState } from '@agentcom/schemas';
import type { Severity } from '@agentcom/schemas/notification';
import type { ComponentChildren } from 'preact';
import { texts } from '../texts/common.js';
import { Icon, type IconName } from './icon.js';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'accent';

export function Chip({
  tone = 'neutral',
  icon,
  title,
  children,
}: {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly title?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`chip ${tone}${icon === undefined ? ' plain' : ''}`} title={title}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

const TASKS: Readonly<Record<TaskState, readonly [Tone, IconName]>> = {
  scheduled: ['neutral', 'clock'],
  waiting: ['neutral', 'waiting'],
  queued: ['neutral', 'queued'],
  assigned: ['accent', 'arrow'],
  working: ['accent', 'working'],
  blocked: ['warn', 'blocked'],
  completed: ['good', 'done'],
  cancelled: ['neutral', 'cancelled'],
  dead: ['bad', 'dead'],
};

export function TaskChip({ state }: { readonly state: TaskState }) {
  const [tone, icon] = TASKS[state];
  return (
    <Chip tone={tone} icon={icon}>
      {texts.states[state]}
    </Chip>
  );
}

const AGENTS: Readonly<Record<AgentState, readonly [Tone, IconName]>> = {
  offline: ['neutral', 'cross'],
  idle: ['good', 'queued'],
  assigned: ['accent', 'arrow'],
  working: ['accent', 'working'],
  blocked: ['warn', 'blocked'],
};

export function AgentChip({ state }: { readonly state: AgentState }) {
  const [tone, icon] = AGENTS[state];
  return (
    <Chip tone={tone} icon={icon}>
      {texts.agentStates[state]}
    </Chip>
  );
}

const SEVERITIES: Readonly<Record<Severity, readonly [Tone, IconName]>> = {
  page: ['bad', 'alert'],
  warn: ['warn', 'alert'],
  info: ['accent', 'bell'],
};

export function SeverityChip({ severity }: { readonly severity: Severity }) {
  const [tone, icon] = SEVERITIES[severity];
  return (
    <Chip tone={tone} icon={icon}>
      {texts.severities[severity]}
    </Chip>
  );
}
