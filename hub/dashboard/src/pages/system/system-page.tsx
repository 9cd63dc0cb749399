// The hub itself, for whoever runs it: how it is, how safely it stores, how full it is, and its backups.

import type { LiveSystem } from '@agentcom/schemas';
import { call } from '../../api/client.js';
import { useLive } from '../../live/live.js';
import { shownRows } from '../../live/rows.js';
import { may } from '../../session.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Button } from '../../ui/button.js';
import { Chip, type Tone } from '../../ui/chip.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import type { IconName } from '../../ui/icon.js';
import { OperationsPart } from '../operations/operations-part.js';
import { beginning, type FollowedOperations, useOperations } from '../operations/use-operations.js';
import { BackupsPart } from './backups-part.js';
import { ChannelsPart } from './channels-part.js';
import { DurabilityPart, VersionsPart } from './facts-parts.js';
import { SystemFigures } from './figures.js';
import { StreamsPart } from './streams-part.js';
import '../account/account.css';
import '../costs/costs.css';
import './system.css';

const STATUSES: Readonly<Record<LiveSystem['status'], readonly [Tone, IconName]>> = {
  healthy: ['good', 'done'],
  degraded: ['warn', 'alert'],
  not_ready: ['bad', 'alert'],
};

export function SystemPage() {
  const { list, error } = useLive({ kind: 'system', limit: 1 });
  const [system] = shownRows(list.value);
  return (
    <div class="page system">
      {may('backups.manage') ? <Managed system={system} /> : <Parts system={system} />}
      {error.value && <ErrorNote error={error.value} />}
      {system === undefined && error.value === undefined && <SkeletonRows rows={8} />}
    </div>
  );
}

/** With what may be done to it. */
function Managed({ system }: Pick<PartsProps, 'system'>) {
  return <Parts system={system} operations={useOperations({ openCount: system?.operations })} />;
}

interface PartsProps {
  readonly system: LiveSystem | undefined;
  readonly operations?: FollowedOperations;
}

function Parts({ system, operations }: PartsProps) {
  return (
    <>
      <Head system={system} operations={operations} />
      {system !== undefined && (
        <>
          <SystemFigures system={system} />
          {operations !== undefined && (
            <div class="system-pair">
              <BackupsPart operations={operations} isRestorable={system.durability.isOwn} />
              <OperationsPart operations={operations} />
            </div>
          )}
          <StreamsPart system={system} operations={operations} />
          <div class="system-cards">
            <DurabilityPart system={system} />
            <VersionsPart system={system} />
            {may('notifications.read') && <ChannelsPart />}
          </div>
        </>
      )}
    </>
  );
}

function Head({
  system,
  operations,
}: {
  readonly system: LiveSystem | undefined;
  readonly operations: FollowedOperations | undefined;
}) {
  const [tone, icon] = system === undefined ? [] : STATUSES[system.status];
  return (
    <>
      <div class="page-head">
        <h1>{texts.title}</h1>
        {system !== undefined && (
          <>
            <Chip {...(tone !== undefined && { tone })} {...(icon !== undefined && { icon })}>
              {texts.statuses[system.status]}
            </Chip>
            <span class="muted">{texts.version(system.version)}</span>
          </>
        )}
        <span class="push" />
        {operations !== undefined && (
          <Button
            kind="primary"
            icon="copy"
            busy={operations.isBeginning.value}
            onClick={beginning(operations, () => call('backup.create', { body: {} }))}
          >
            {texts.backUp}
          </Button>
        )}
      </div>
      {system?.reasons.map(({ code, message }) => (
        <p key={code} class={`note ${system.status === 'not_ready' ? 'bad' : 'warn'}`}>
          {message.charAt(0).toUpperCase() + message.slice(1)}
        </p>
      ))}
    </>
  );
}
