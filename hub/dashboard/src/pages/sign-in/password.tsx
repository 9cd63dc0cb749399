// By e-mail and password, with the code of an app where one is needed; beside it the other ways that the hub offers.

import type { Me, SignInOptions } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { signInTexts as texts } from '../../texts/sign-in.js';
import { Button, LinkButton } from '../../ui/button.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { keepArrival } from './address.js';
import { hasPasskeys, signInWithPasskey } from './passkey.js';
import type { Step } from './sign-in-page.js';

interface PasswordProps {
  readonly options: SignInOptions;
  readonly org: string | undefined;
  /** Where to go once signed in. */
  readonly to: string;
  readonly go: (step: Step) => void;
  readonly arrive: (who: Me) => void;
}

export function PasswordSignIn({ options, org, to, go, arrive }: PasswordProps) {
  const needsCode = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const signIn = async (values: Values): Promise<void> => {
    try {
      arrive(await call('session.start', { body: { ...values, ...(org !== undefined && { org }) } }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'auth.code_required') throw error;
      needsCode.value = true;
    }
  };
  const byPasskey = (): void => {
    failed.value = undefined;
    signInWithPasskey(org).then(arrive, (error: unknown) => {
      failed.value = toApiError(error);
    });
  };
  return (
    <>
      <h1>{texts.title}</h1>
      <Form onSend={signIn} label={texts.title}>
        {(busy) => (
          <>
            <Field name="email" label={texts.email} type="email" autocomplete="username" required autoFocus />
            <Field name="password" label={texts.password} type="password" autocomplete="current-password" required />
            {needsCode.value && (
              <Field
                name="code"
                label={texts.code}
                hint={texts.codeHint}
                autocomplete="one-time-code"
                required
                autoFocus
              />
            )}
            <Button type="submit" kind="primary" busy={busy} wide>
              {texts.signIn}
            </Button>
          </>
        )}
      </Form>
      {(hasPasskeys || options.provider) && (
        <div class="ways">
          <span class="or">{texts.or}</span>
          {failed.value && <ErrorNote error={failed.value} />}
          {hasPasskeys && (
            <Button wide onClick={byPasskey}>
              {texts.passkey}
            </Button>
          )}
          {options.provider && (
            <LinkButton href="/sign-in/oidc" outside onClick={() => keepArrival(to, org)}>
              {texts.provider}
            </LinkButton>
          )}
        </div>
      )}
      <div class="small">
        {options.registration === 'open' && (
          <button type="button" class="as-link" onClick={() => go('register')}>
            {texts.create}
          </button>
        )}
        {options.mail && (
          <button type="button" class="as-link" onClick={() => go('forgot')}>
            {texts.forgot}
          </button>
        )}
        {options.registration === 'invitation' && <p>{options.mail ? texts.byInvitation : texts.byOwner}</p>}
        <p>{texts.onMachine}</p>
      </div>
    </>
  );
}
