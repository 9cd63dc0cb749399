// By a link, an invitation or a new account, and the way back to a forgotten one.

import type { Me } from '@agentcom/schemas';
import { LIMITS } from '@agentcom/schemas/limits';
import { call } from '../../api/client.js';
import { me } from '../../session.js';
import { signInTexts as texts } from '../../texts/sign-in.js';
import { Button } from '../../ui/button.js';
import { Field, Form, type Values } from '../../ui/form.js';
import type { Step } from './sign-in-page.js';

export type Go = (step: Step, message?: string) => void;
type Arrive = (who: Me) => void;

export function OneTimeLink({ token, arrive }: { readonly token: string; readonly arrive: Arrive }) {
  const send = async (): Promise<void> => arrive(await call('session.start', { body: { token } }));
  return (
    <>
      <h1>{texts.linkTitle}</h1>
      <p class="muted">{texts.linkText}</p>
      <Form onSend={send} label={texts.linkTitle}>
        {(busy) => <Submit busy={busy}>{texts.signIn}</Submit>}
      </Form>
    </>
  );
}

interface RegisterProps {
  readonly invitation?: {
    readonly token: string;
    /** Who invites to what. */
    readonly to: string;
    /** Whose account alone can use it. */
    readonly email: string | undefined;
  };
  readonly go: Go;
  readonly arrive: Arrive;
}

export function Register({ invitation, go, arrive }: RegisterProps) {
  const isInvited = invitation !== undefined;
  const send = async ({ email = '', name = '', password = '', org, orgName }: Values): Promise<void> =>
    arrive(
      await call('person.register', {
        body: {
          email,
          name,
          password,
          ...(isInvited && { invitation: invitation.token }),
          ...(org !== undefined && { org }),
          ...(orgName !== undefined && { orgName }),
        },
      }),
    );
  return (
    <>
      <h1>{isInvited ? texts.invitedTitle : texts.registerTitle}</h1>
      {isInvited && (
        <>
          <p>{invitation.to}</p>
          <p class="muted">{texts.invitedText}</p>
        </>
      )}
      <Form onSend={send} label={texts.registerTitle}>
        {(busy) => (
          <>
            <Field name="name" label={texts.name} autocomplete="name" required autoFocus />
            <Field
              name="email"
              label={texts.email}
              type="email"
              autocomplete="username"
              {...(invitation?.email !== undefined && { value: invitation.email })}
              required
            />
            <NewPassword label={texts.password} />
            {!isInvited && (
              <>
                <Field
                  name="org"
                  label={texts.org}
                  hint={texts.orgHint}
                  autocomplete="organization"
                  pattern="[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?"
                  required
                />
                <Field name="orgName" label={texts.orgName} optional />
              </>
            )}
            <Submit busy={busy}>{texts.create}</Submit>
          </>
        )}
      </Form>
      <Back go={go}>{isInvited ? texts.haveAccount : texts.back}</Back>
    </>
  );
}

interface JoinProps {
  readonly token: string;
  /** Who invites to what. */
  readonly to: string;
  readonly arrive: Arrive;
}

export function Join({ token, to, arrive }: JoinProps) {
  const send = async (): Promise<void> => {
    const { org } = await call('me.join', { body: { token } });
    arrive(await call('session.switch', { body: { org } }));
  };
  return (
    <>
      <h1>{texts.joinTitle}</h1>
      <p>{to}</p>
      <p class="muted">{texts.joinText(me.value?.email ?? '')}</p>
      <Form onSend={send} label={texts.joinTitle}>
        {(busy) => <Submit busy={busy}>{texts.join}</Submit>}
      </Form>
    </>
  );
}

export function Reset({ token, go }: { readonly token: string; readonly go: Go }) {
  const send = async ({ password = '' }: Values): Promise<void> => {
    await call('session.reset', { body: { token, password } });
    go('password', texts.resetDone);
  };
  return (
    <>
      <h1>{texts.resetTitle}</h1>
      <p class="muted">{texts.resetText}</p>
      <Form onSend={send} label={texts.resetTitle}>
        {(busy) => (
          <>
            <NewPassword label={texts.newPassword} autoFocus />
            <Submit busy={busy}>{texts.reset}</Submit>
          </>
        )}
      </Form>
      <Back go={go}>{texts.back}</Back>
    </>
  );
}

export function Forgot({ go }: { readonly go: Go }) {
  const send = async ({ email = '' }: Values): Promise<void> => {
    await call('session.mailReset', { body: { email } });
    go('password', texts.forgotDone);
  };
  return (
    <>
      <h1>{texts.forgotTitle}</h1>
      <p class="muted">{texts.forgotText}</p>
      <Form onSend={send} label={texts.forgotTitle}>
        {(busy) => (
          <>
            <Field name="email" label={texts.email} type="email" autocomplete="username" required autoFocus />
            <Submit busy={busy}>{texts.forgotSend}</Submit>
          </>
        )}
      </Form>
      <Back go={go}>{texts.back}</Back>
    </>
  );
}

function NewPassword({ label, autoFocus = false }: { readonly label: string; readonly autoFocus?: boolean }) {
  return (
    <Field
      name="password"
      label={label}
      hint={texts.passwordHint(LIMITS.passwordCharsMin)}
      type="password"
      autocomplete="new-password"
      minLength={LIMITS.passwordCharsMin}
      autoFocus={autoFocus}
      required
    />
  );
}

function Submit({ busy, children }: { readonly busy: boolean; readonly children: string }) {
  return (
    <Button type="submit" kind="primary" busy={busy} wide>
      {children}
    </Button>
  );
}

export function Back({ go, children }: { readonly go: Go; readonly children: string }) {
  return (
    <div class="small">
      <button type="button" class="as-link" onClick={() => go('password')}>
        {children}
      </button>
    </div>
  );
}
