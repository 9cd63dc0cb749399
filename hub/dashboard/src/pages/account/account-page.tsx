// One's own account: how one signs in, where one is signed in, and keys for programs.

import { LIMITS } from '@agentcom/schemas/limits';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may, me } from '../../session.js';
import { accountTexts as texts } from '../../texts/account.js';
import { texts as common } from '../../texts/common.js';
import { Button, LinkButton } from '../../ui/button.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { PushSwitch } from '../../ui/push-switch.js';
import { useResource } from '../../ui/resource.js';
import { Moment } from '../../ui/time.js';
import { toast, toastError } from '../../ui/toast.js';
import { browserName } from './browser-name.js';
import { Codes } from './codes.js';
import { Confirm } from './confirm.js';
import { Passkeys } from './passkeys.js';
import { Section } from './section.js';
import './account.css';

export function AccountPage() {
  const { name = '', role = '', org = '', email } = me.value ?? {};
  return (
    <div class="page account">
      <div class="stack">
        <h1>{texts.title}</h1>
        <p class="muted">{texts.who(email ?? name, role, org)}</p>
      </div>
      {email !== undefined && (
        <>
          <Passkeys />
          <Codes />
          <Password />
        </>
      )}
      {may('notifications.follow') && (
        <Section title={common.push.title} text={common.push.text}>
          <PushSwitch />
        </Section>
      )}
      <Sessions />
      {may('keys.manage') && (
        <Section title={texts.keys} text={texts.keysText}>
          <div class="actions">
            <LinkButton href="/settings?tab=keys">{texts.toKeys}</LinkButton>
          </div>
        </Section>
      )}
    </div>
  );
}

function Password() {
  const round = useSignal(0);
  const send = async ({ password = '', current }: Values): Promise<void> => {
    await call('me.password', { body: { password, ...(current !== undefined && { current }) } });
    toast(texts.passwordSet);
    round.value++;
  };
  return (
    <Section title={texts.password}>
      <Form key={round.value} onSend={send} label={texts.password}>
        {(busy) => (
          <>
            <Confirm />
            <Field
              name="password"
              label={texts.newPassword}
              hint={texts.newPasswordHint(LIMITS.passwordCharsMin)}
              type="password"
              autocomplete="new-password"
              minLength={LIMITS.passwordCharsMin}
              required
            />
            <div class="actions">
              <Button type="submit" busy={busy}>
                {texts.setPassword}
              </Button>
            </div>
          </>
        )}
      </Form>
    </Section>
  );
}

function Sessions() {
  const { value, error, reload } = useResource((signal) => call('session.list', { signal }), []);
  const end = (id: string): void => {
    call('session.end', { path: { id } }).then(reload, (cause: unknown) => toastError(toApiError(cause)));
  };
  return (
    <Section title={texts.sessions}>
      {error.value && <ErrorNote error={error.value} onRetry={reload} />}
      {value.value === undefined && error.value === undefined && <SkeletonRows rows={2} />}
      <ul class="lines">
        {value.value?.items.map(({ id, address, userAgent, lastUsedAt, current }) => (
          <li key={id}>
            <span class="grow">
              <span title={userAgent}>{browserName(userAgent) ?? address}</span> <span class="muted">{address}</span>
              <br />
              <span class="muted">
                {texts.lastUsed} <Moment at={lastUsedAt} />
              </span>
            </span>
            {current ? (
              <span class="muted">{texts.current}</span>
            ) : (
              <Button onClick={() => end(id)}>{texts.end}</Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
