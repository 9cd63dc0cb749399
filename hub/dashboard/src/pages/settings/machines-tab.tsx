// By which lines machines can join, and a new one.

import type { EnrolmentView } from '@agentcom/schemas';
import { RUNNERS } from '@agentcom/schemas/names';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { now } from '../../clock.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Empty } from '../../ui/empty.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { usePaged } from '../../ui/paged.js';
import { Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { useNames } from './by-names.js';
import { parted } from './parted.js';
import { Checks, Once, Rows, ticked } from './parts.js';

const texts = settingsTexts.machines;

export function MachinesTab() {
  const nameBy = useNames();
  const list = usePaged((cursor, signal) => call('enrolment.list', { query: { limit: 200, ...cursor }, signal }));
  const isCreating = useSignal(false);
  const line = useSignal<string | undefined>(undefined);
  const revoke = (id: string): void => {
    call('enrolment.revoke', { path: { id } }).then(
      () => {
        toast(texts.revokedDone);
        list.reload();
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  return (
    <Section title={settingsTexts.tabs.machines} text={texts.text}>
      <div class="actions">
        <Button kind="primary" icon="plus" onClick={() => (isCreating.value = true)}>
          {texts.create}
        </Button>
      </div>
      <Rows list={list}>
        {(items) =>
          items.length === 0 ? (
            <Empty icon="agent" title={texts.none} />
          ) : (
            <ul class="lines">
              {openFirst(items, now.value).map((invitation) => {
                const { id, name, createdBy, expiresAt, uses, usesLeft, ...bounds } = invitation;
                const over = whyOver(invitation, now.value);
                const { capabilities, runners = [], repositories = [] } = bounds;
                return (
                  <li key={id} class={over === undefined ? '' : 'off'}>
                    <span class="grow">
                      {name !== undefined && <b>{name}</b>} {texts.used(usesLeft, uses)}{' '}
                      {over !== undefined && <Chip icon="cancelled">{texts[over]}</Chip>}{' '}
                      <span class="tags">
                        {[...capabilities, ...runners, ...repositories].map((one) => (
                          <span class="tag" key={one}>
                            {one}
                          </span>
                        ))}
                      </span>
                      <br />
                      <span class="muted">
                        {settingsTexts.by(nameBy(createdBy))} · {settingsTexts.expires} <Moment at={expiresAt} />
                      </span>
                    </span>
                    {over === undefined && (
                      <Button label={texts.revokeOf(name ?? id)} onClick={() => revoke(id)}>
                        {settingsTexts.revoke}
                      </Button>
                    )}
                  </li>
                );
              })}
            </ul>
          )
        }
      </Rows>
      {isCreating.value && (
        <CreateDialog
          onMade={(made) => {
            isCreating.value = false;
            line.value = made;
            list.reload();
          }}
          onClose={() => (isCreating.value = false)}
        />
      )}
      {line.value !== undefined && (
        <Once title={texts.line} text={line.value} onClose={() => (line.value = undefined)} />
      )}
    </Section>
  );
}

type Ending = Pick<EnrolmentView, 'expiresAt' | 'usesLeft' | 'revokedAt'>;

function whyOver({ expiresAt, usesLeft, revokedAt }: Ending, at: number) {
  if (revokedAt !== undefined) return 'revoked';
  if (usesLeft === 0) return 'usedUp';
  return Date.parse(expiresAt) <= at ? 'expired' : undefined;
}

function openFirst<Invitation extends Ending>(invitations: readonly Invitation[], at: number): Invitation[] {
  const isOver = (invitation: Invitation) => Number(whyOver(invitation, at) !== undefined);
  return [...invitations].sort((a, b) => isOver(a) - isOver(b));
}

function CreateDialog({ onMade, onClose }: { readonly onMade: (line: string) => void; readonly onClose: () => void }) {
  const create = async (values: Values): Promise<void> => {
    const { name, uses = '1', ttl = '' } = values;
    const capabilities = parted(values.capabilities);
    const runners = ticked(values, 'runner', RUNNERS);
    const repositories = parted(values.repositories);
    const { joinCommand } = await call('enrolment.create', {
      body: {
        ...(name !== undefined && { name }),
        uses: Number(uses),
        ttlSeconds: Number(ttl),
        ...(capabilities.length > 0 && { capabilities }),
        ...(runners.length > 0 && { runners: [...runners] }),
        ...(repositories.length > 0 && { repositories }),
      },
    });
    onMade(joinCommand);
  };
  return (
    <Dialog title={texts.create} onClose={onClose} large>
      <Form onSend={create} label={texts.create}>
        {(busy) => (
          <>
            <Field name="name" label={texts.name} hint={texts.nameHint} optional autoFocus />
            <div class="columns">
              <Field name="uses" label={texts.uses} hint={texts.usesHint} type="number" value="1" required />
              <Field name="ttl" label={texts.ttl} choices={Object.entries(texts.ttls)} value="3600" />
            </div>
            <Field name="capabilities" label={texts.capabilities} hint={texts.capabilitiesHint} optional />
            <Checks
              name="runner"
              label={texts.runners}
              hint={texts.runnersHint}
              choices={RUNNERS.map((one) => [one, one])}
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
