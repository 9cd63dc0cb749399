// Who belongs to the organisation, with which role, and who was invited.

import type { Invited, Link, MemberRole, MemberView } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may, me, organisations } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { Empty } from '../../ui/empty.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { usePaged } from '../../ui/paged.js';
import { Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { useNames } from './by-names.js';
import { Once, Rows, roleChoices, Sure } from './parts.js';

const texts = settingsTexts.members;

export function MembersTab() {
  const members = usePaged((cursor, signal) => call('member.list', { query: { limit: 200, ...cursor }, signal }));
  return (
    <>
      <Section title={settingsTexts.tabs.members}>
        <Rows list={members}>
          {(items) =>
            items.length === 0 ? (
              <Empty icon="person" title={texts.none}>
                {may('members.manage') && <p>{texts.noneText}</p>}
              </Empty>
            ) : (
              <ul class="lines">
                {items.map((member) => (
                  <Member key={member.id} member={member} onChanged={members.reload} />
                ))}
              </ul>
            )
          }
        </Rows>
      </Section>
      {may('members.manage') && <Invitations />}
    </>
  );
}

interface MemberProps {
  readonly member: MemberView;
  readonly onChanged: () => void;
}

function Member({ member, onChanged }: MemberProps) {
  const { id, name, email, role, since } = member;
  const removing = useSignal(false);
  const link = useSignal<Link | undefined>(undefined);
  const isMe = email === me.value?.email;
  const run = (work: Promise<unknown>, said?: string): void => {
    work.then(
      () => {
        if (said !== undefined) toast(said);
        onChanged();
      },
      (cause: unknown) => {
        toastError(toApiError(cause));
        onChanged();
      },
    );
  };
  const give = (next: MemberRole): void =>
    run(
      call('member.change', { path: { id }, body: { role: next } }),
      texts.roleChanged(name, common.roles[next].toLowerCase()),
    );
  const reset = async (): Promise<void> => {
    link.value = await call('member.reset', { path: { id }, body: {} });
  };
  const grants = me.value?.grants ?? [];
  const roles = grants.includes(role) ? grants : [role, ...grants];
  return (
    <li>
      <span class="grow">
        <b>{name}</b> {isMe && <span class="tag">{texts.you}</span>} <span class="muted">{email}</span>
        <br />
        <span class="muted">
          {texts.since} <Moment at={since} />
        </span>
      </span>
      {may('members.manage') ? (
        <select
          class="input"
          aria-label={texts.roleOf(name)}
          value={role}
          onChange={(event) => give(event.currentTarget.value as MemberRole)}
        >
          {roleChoices(roles).map(([value, text]) => (
            <option key={value} value={value} selected={value === role}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        <span>{common.roles[role]}</span>
      )}
      {(may('members.manage') || may('members.sessions')) && (
        <Menu label={settingsTexts.moreOf(name)} icon="dots">
          {may('members.sessions') && (
            <MenuItem onClick={() => run(call('member.endSessions', { path: { id } }), texts.signedOut(name))}>
              {texts.signOut}
            </MenuItem>
          )}
          {may('members.manage') && (
            <>
              <MenuItem onClick={() => void reset().catch((cause: unknown) => toastError(toApiError(cause)))}>
                {texts.reset}
              </MenuItem>
              <MenuItem
                tone="bad"
                onClick={() => {
                  removing.value = true;
                }}
              >
                {settingsTexts.remove}
              </MenuItem>
            </>
          )}
        </Menu>
      )}
      {removing.value && (
        <Sure
          title={texts.removeTitle(name)}
          text={texts.removeText}
          label={settingsTexts.remove}
          onSure={async () => {
            await call('member.remove', { path: { id } });
            toast(texts.removed(name));
            onChanged();
          }}
          onClose={() => {
            removing.value = false;
          }}
        />
      )}
      {link.value && (
        <Once
          title={texts.resetTitle(name)}
          text={link.value.url}
          onClose={() => {
            link.value = undefined;
          }}
        >
          <p>{texts.resetText}</p>
        </Once>
      )}
    </li>
  );
}

function Invitations() {
  const nameBy = useNames();
  const open = usePaged((cursor, signal) => call('invitation.list', { query: { limit: 200, ...cursor }, signal }));
  const made = useSignal<(Invited & { readonly role: MemberRole }) | undefined>(undefined);
  const invite = async ({ role: chosen = '', email, ttl = '' }: Values): Promise<void> => {
    const role = chosen as MemberRole;
    const body = { role, ttlSeconds: Number(ttl), ...(email !== undefined && { email }) };
    made.value = { ...(await call('member.invite', { body })), role };
    open.reload();
  };
  const revoke = (id: string): void => {
    call('invitation.revoke', { path: { id } }).then(
      () => {
        toast(texts.revoked);
        open.reload();
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  return (
    <>
      <Section title={texts.invite} text={texts.inviteText}>
        <Form key={made.value?.id} onSend={invite} label={texts.invite}>
          {(busy) => (
            <>
              <div class="columns">
                <Field
                  name="role"
                  label={settingsTexts.role}
                  choices={roleChoices(me.value?.grants ?? [])}
                  value="developer"
                />
                <Field name="email" label={texts.email} hint={texts.emailHint} type="email" optional />
                <Field name="ttl" label={texts.ttl} choices={Object.entries(texts.ttls)} value="604800" />
              </div>
              <div class="actions">
                <Button type="submit" kind="primary" icon="plus" busy={busy}>
                  {texts.makeLink}
                </Button>
              </div>
            </>
          )}
        </Form>
        {made.value && (
          <Once
            title={texts.invite}
            text={made.value.url}
            onClose={() => {
              made.value = undefined;
            }}
          >
            <p>
              {texts.invited(common.roles[made.value.role], organisations().current ?? '')}{' '}
              {made.value.mailed === true && texts.mailed}
            </p>
          </Once>
        )}
      </Section>
      {open.items.value !== undefined && open.items.value.length > 0 && (
        <Section title={texts.open}>
          <Rows list={open}>
            {(items) => (
              <ul class="lines">
                {items.map(({ id, role, email = texts.anybody, createdBy, expiresAt }) => (
                  <li key={id}>
                    <span class="grow">
                      {email} <span class="tag">{common.roles[role]}</span>
                      <br />
                      <span class="muted">
                        {settingsTexts.by(nameBy(createdBy))} · {settingsTexts.expires} <Moment at={expiresAt} />
                      </span>
                    </span>
                    <Button label={texts.revokeOf(email)} onClick={() => revoke(id)}>
                      {settingsTexts.revoke}
                    </Button>
                  </li>
                ))}
              </ul>
            )}
          </Rows>
        </Section>
      )}
    </>
  );
}
