// Keys of programs and of the command line: what each may do, when it was used last, and until when it works.

import type { KeyView, MemberRole, RotatedKey } from '@agentcom/schemas';
import { SCOPES } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { now } from '../../clock.js';
import { me } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Empty } from '../../ui/empty.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { usePaged } from '../../ui/paged.js';
import { Age, Moment } from '../../ui/time.js';
import { toast } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { useNames } from './by-names.js';
import { parted } from './parted.js';
import { Checks, Once, Rows, roleChoices, Sure, ticked } from './parts.js';

const texts = settingsTexts.keys;

interface Shown {
  readonly name: string;
  readonly key: string;
}

export function KeysTab() {
  const nameBy = useNames();
  const keys = usePaged((cursor, signal) => call('key.list', { query: { limit: 200, ...cursor }, signal }));
  const isCreating = useSignal(false);
  const isAll = useSignal(false);
  const made = useSignal<Shown | undefined>(undefined);
  const isOver = ({ revokedAt, expiresAt }: KeyView): boolean =>
    revokedAt !== undefined || (expiresAt !== undefined && Date.parse(expiresAt) <= now.value);
  const show = (shown: Shown): void => {
    made.value = shown;
    keys.reload();
  };
  return (
    <Section title={settingsTexts.tabs.keys}>
      <div class="actions">
        <Button kind="primary" icon="plus" onClick={() => (isCreating.value = true)}>
          {texts.create}
        </Button>
        {keys.items.value?.some(isOver) && (
          <Button kind="quiet" expanded={isAll.value} onClick={() => (isAll.value = !isAll.value)}>
            {isAll.value ? texts.hideRevoked : texts.showRevoked}
          </Button>
        )}
      </div>
      <Rows list={keys}>
        {(items) => {
          const shown = items.filter((key) => isAll.value || !isOver(key));
          if (shown.length === 0) {
            return (
              <Empty icon="command" title={texts.none}>
                <p>{texts.noneText}</p>
              </Empty>
            );
          }
          return (
            <ul class="lines">
              {shown.map((key) => (
                <KeyLine
                  key={key.id}
                  of={key}
                  isOver={isOver(key)}
                  nameBy={nameBy}
                  onRotated={show}
                  onRevoked={keys.reload}
                />
              ))}
            </ul>
          );
        }}
      </Rows>
      {isCreating.value && (
        <CreateDialog
          onMade={(shown) => {
            isCreating.value = false;
            show(shown);
          }}
          onClose={() => (isCreating.value = false)}
        />
      )}
      {made.value && (
        <Once title={texts.created(made.value.name)} text={made.value.key} onClose={() => (made.value = undefined)} />
      )}
    </Section>
  );
}

interface KeyLineProps {
  readonly of: KeyView;
  readonly isOver: boolean;
  readonly nameBy: (by: string) => string;
  readonly onRotated: (shown: Shown) => void;
  readonly onRevoked: () => void;
}

function KeyLine({ of: key, isOver, nameBy, onRotated, onRevoked }: KeyLineProps) {
  const { id, name, role, hint, agent, createdBy, lastUsedAt, expiresAt, replacedBy, revokedAt } = key;
  const { scopes = [], repositories = [], rateMultiplier } = key;
  const doing = useSignal<'rotate' | 'revoke' | undefined>(undefined);
  const close = (): void => {
    doing.value = undefined;
  };
  return (
    <li class={isOver ? 'off' : ''}>
      <span class="grow">
        <b>{name}</b> {hint !== undefined && <code class="muted">{hint}…</code>}{' '}
        <span class="tag">{role === 'agent' ? texts.agent(agent ?? '') : common.roles[role]}</span>{' '}
        {revokedAt !== undefined ? (
          <Chip icon="cancelled">{texts.revoked}</Chip>
        ) : (
          replacedBy !== undefined && <Chip icon="retry">{texts.replaced}</Chip>
        )}
        <br />
        <span class="muted">
          {lastUsedAt === undefined ? (
            texts.neverUsed
          ) : (
            <>
              {texts.lastUsed} <Age at={lastUsedAt} />
            </>
          )}
          {' · '}
          {expiresAt === undefined ? (
            settingsTexts.neverExpires
          ) : (
            <>
              {isOver ? settingsTexts.expired : settingsTexts.expires} <Moment at={expiresAt} />
            </>
          )}
          {createdBy !== undefined && ` · ${settingsTexts.by(nameBy(createdBy))}`}
          {rateMultiplier !== undefined && rateMultiplier > 1 && ` · ${texts.rate(rateMultiplier)}`}
        </span>
        {(scopes.length > 0 || repositories.length > 0) && (
          <span class="tags">
            {[...scopes, ...repositories].map((one) => (
              <span class="tag" key={one}>
                {one}
              </span>
            ))}
          </span>
        )}
      </span>
      {!isOver && (
        <span class="actions">
          {agent === undefined && replacedBy === undefined && (
            <Button label={texts.rotateTitle(name)} onClick={() => (doing.value = 'rotate')}>
              {texts.rotate}
            </Button>
          )}
          <Button label={texts.revokeTitle(name).replace('?', '')} onClick={() => (doing.value = 'revoke')}>
            {settingsTexts.revoke}
          </Button>
        </span>
      )}
      {doing.value === 'rotate' && (
        <RotateDialog
          of={key}
          onMade={({ key: text }) => {
            close();
            onRotated({ name, key: text });
          }}
          onClose={close}
        />
      )}
      {doing.value === 'revoke' && (
        <Sure
          title={texts.revokeTitle(name)}
          text={texts.revokeText}
          label={settingsTexts.revoke}
          onSure={async () => {
            await call('key.revoke', { path: { id } });
            toast(texts.revokedDone(name));
            onRevoked();
          }}
          onClose={close}
        />
      )}
    </li>
  );
}

function CreateDialog({ onMade, onClose }: { readonly onMade: (shown: Shown) => void; readonly onClose: () => void }) {
  const create = async (values: Values): Promise<void> => {
    const { name = '', role = '', ttl } = values;
    const scopes = ticked(values, 'scope', SCOPES);
    const repositories = parted(values.repositories);
    const { key } = await call('key.create', {
      body: {
        name,
        role: role as MemberRole,
        ...(ttl !== undefined && { ttlSeconds: Number(ttl) }),
        ...(scopes.length > 0 && { scopes: [...scopes] }),
        ...(repositories.length > 0 && { repositories }),
      },
    });
    onMade({ name, key });
  };
  const roles = me.value?.grants ?? [];
  return (
    <Dialog title={texts.create} onClose={onClose} large>
      <Form onSend={create} label={texts.create}>
        {(busy) => (
          <>
            <Field name="name" label={settingsTexts.name} hint={texts.nameHint} required autoFocus />
            <div class="columns">
              <Field name="role" label={settingsTexts.role} choices={roleChoices(roles)} value={roles.at(-1) ?? ''} />
              <Field name="ttl" label={texts.ttl} choices={Object.entries(texts.ttls)} value="7776000" />
            </div>
            <Checks
              name="scope"
              label={texts.scopes}
              hint={texts.scopesHint}
              choices={SCOPES.map((scope) => [scope, scope])}
            />
            <Field name="repositories" label={texts.repositories} hint={texts.repositoriesHint} rows={2} optional />
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.create}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

interface RotateDialogProps {
  readonly of: KeyView;
  readonly onMade: (made: RotatedKey) => void;
  readonly onClose: () => void;
}

function RotateDialog({ of: { id, name }, onMade, onClose }: RotateDialogProps) {
  const rotate = async ({ overlap = '' }: Values): Promise<void> =>
    onMade(await call('key.rotate', { path: { id }, body: { overlapSeconds: Number(overlap) } }));
  return (
    <Dialog title={texts.rotateTitle(name)} onClose={onClose}>
      <p class="muted">{texts.rotateText}</p>
      <Form onSend={rotate} label={texts.rotateTitle(name)}>
        {(busy) => (
          <>
            <Field name="overlap" label={texts.overlap} choices={Object.entries(texts.overlaps)} value="86400" />
            <DialogFoot onCancel={onClose} busy={busy}>
              {texts.rotate}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
