// What `join` prints at its end: what was made and where, how to run it, how to look at it, and how to undo it.

import type { SidecarSettings } from '@agentcom/schemas';
import type { Invocation } from '../invocation.js';
import { fields } from '../layout.js';
import type { Service } from '../service/service.js';
import { duration, shellWord } from '../text.js';
import type { JoinOutcome } from './ensure-joined.js';
import type { Tested } from './test-task.js';

export interface Summary {
  readonly hub: string;
  readonly joined: JoinOutcome;
  readonly settings: SidecarSettings;
  readonly service: { readonly made: Service; readonly hint: string | undefined } | undefined;
  /** Why it gets no task, as sentences. */
  readonly idle: readonly string[];
  /** Absent when it was left out. */
  readonly tested?: Tested;
  /** How the command is called here. */
  readonly command: string;
}

const HOW = { joined: 'joined', kept: 'had already joined; its configuration is up to date', renewed: 'has a new key' };

/** For programs. */
export function summaryValue({ hub, joined, settings, service, tested, idle }: Summary) {
  const { agent, config, keyFile, how } = joined;
  const { kind, also } = settings.runner;
  return {
    agent,
    how,
    hub,
    config,
    keyFile,
    runners: [kind, ...also],
    capabilities: settings.capabilities,
    ...(service !== undefined && { service: service.made.file }),
    ...(tested !== undefined && { tested }),
    ...(idle.length > 0 && { idle }),
  };
}

export function summaryText({ out }: Invocation, summary: Summary): string {
  const { hub, joined, settings, service, command, idle } = summary;
  const { agent, config, keyFile, how } = joined;
  const run = `${command} sidecar --config ${shellWord(config)}`;
  const lines = [
    '',
    `${out.colours.green('Done:')} agent ${out.colours.bold(agent)} ${HOW[how]}.`,
    ...idle.map((text) => out.colours.yellow(text)),
    fields(out, [
      ['hub', hub],
      ['runner', [settings.runner.kind, ...settings.runner.also].join(', ')],
      ['capabilities', settings.capabilities.join(' ')],
      ['config', config],
      ['key', keyFile],
      ['repositories', settings.repoRoot],
      ['service', service?.made.file],
      ['test task', testText(summary)],
      ['probe', `${settings.stateDir}/local.json has its address (/livez, /metrics)`],
    ]),
    '',
    ...(service === undefined
      ? ['Run it:', `  ${run}`]
      : ['Manage it:', ...Object.values(service.made.commands).map((text) => `  ${text}`)]),
    ...(service?.hint === undefined ? [] : [service.hint]),
    'Check it:',
    `  ${command} doctor`,
    'Undo it:',
    `  ${command} leave --config ${shellWord(config)}`,
  ];
  return lines.join('\n');
}

function testText({ tested }: Summary): string {
  if (tested === undefined) return 'skipped';
  if ('busyWith' in tested) return `${tested.task} is waiting: the hub gave this agent task ${tested.busyWith} first`;
  const cost = tested.costMicros === undefined ? '' : `, ${(tested.costMicros / 1e6).toFixed(2)} USD`;
  return `${tested.task} completed in ${duration(tested.elapsedMs)}${cost}`;
}
