// The backups of the hub: made, proven, drilled, and gone back to.

import type { Backup } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { call } from '../../api/client.js';
import { formatBytes } from '../../format.js';
import { may } from '../../session.js';
import { systemTexts as texts } from '../../texts/system.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Empty } from '../../ui/empty.js';
import { usePaged } from '../../ui/paged.js';
import { Age, Moment } from '../../ui/time.js';
import { Section } from '../account/section.js';
import { beginning, type FollowedOperations } from '../operations/use-operations.js';
import { Rows } from '../settings/parts.js';
import { RestoreDialog } from './restore-dialog.js';

interface BackupsPartProps {
  readonly operations: FollowedOperations;
  /** Only of a nats-server of its own can the hub restore one. */
  readonly isRestorable: boolean;
}

const SHOWN = 8;

export function BackupsPart({ operations, isRestorable }: BackupsPartProps) {
  const { ended } = operations;
  const backups = usePaged((cursor, signal) => call('backup.list', { query: { limit: SHOWN, ...cursor }, signal }));
  useEffect(() => {
    if (ended.value > 0) backups.reload();
  }, [ended.value]);
  const restoring = useSignal<Backup | undefined>(undefined);
  return (
    <Section title={texts.backups}>
      <Rows list={backups}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="copy" title={texts.backupsEmpty}>
              <p>{texts.backupsEmptyText}</p>
            </Empty>
          ) : (
            <ul class="lines">
              {items.map((backup) => (
                <Line
                  key={backup.id}
                  backup={backup}
                  operations={operations}
                  onRestore={
                    isRestorable && may('backups.restore')
                      ? () => {
                          restoring.value = backup;
                        }
                      : undefined
                  }
                />
              ))}
            </ul>
          )
        }
      </Rows>
      {!isRestorable && may('backups.restore') && (
        <div class="note">
          <span>{texts.noRestore}</span>
          <CopyLine text={texts.noRestoreCommand} />
        </div>
      )}
      {restoring.value && (
        <RestoreDialog
          backup={restoring.value}
          operations={operations}
          onClose={() => {
            restoring.value = undefined;
          }}
        />
      )}
    </Section>
  );
}

interface LineProps {
  readonly backup: Backup;
  readonly operations: FollowedOperations;
  readonly onRestore: (() => void) | undefined;
}

function Line({ backup: { id, createdAt, bytes, seq, encrypted }, operations, onRestore }: LineProps) {
  const isBusy = operations.isBeginning.value;
  const verify = (drill: boolean) =>
    beginning(operations, () => call('backup.verify', { path: { id }, body: drill ? { drill } : {} }));
  return (
    <li>
      <span class="grow">
        <b>
          <Moment at={createdAt} />
        </b>{' '}
        <span class="muted">
          <Age at={createdAt} /> ago · <span class="numbers">{formatBytes(bytes)}</span> · {texts.batchShort(seq)}
        </span>{' '}
        {encrypted && <Chip icon="check">{texts.encrypted}</Chip>}
        <br />
        <span class="muted id">{id}</span>
      </span>
      <span class="actions">
        <Button label={texts.verifyOf(id)} disabled={isBusy} onClick={verify(false)}>
          {texts.verify}
        </Button>
        <Button label={texts.drillOf(id)} disabled={isBusy} onClick={verify(true)}>
          {texts.drill}
        </Button>
        {onRestore !== undefined && (
          <Button label={texts.restoreOf(id)} onClick={onRestore}>
            {texts.restore}
          </Button>
        )}
      </span>
    </li>
  );
}
