// Codes of an authenticator app: turned on with the app at hand, and off again.

import type { TotpSecret } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { me, signedInAs } from '../../session.js';
import { accountTexts as texts } from '../../texts/account.js';
import { Button } from '../../ui/button.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { Confirm } from './confirm.js';
import { Section } from './section.js';

export function Codes() {
  const secret = useSignal<TotpSecret | undefined>(undefined);
  const recovery = useSignal<readonly string[] | undefined>(undefined);
  const begin = async (values: Values): Promise<void> => {
    secret.value = await call('totp.begin', { body: values });
  };
  const confirm = async ({ code = '' }: Values): Promise<void> => {
    recovery.value = (await call('totp.confirm', { body: { code } })).recoveryCodes;
    secret.value = undefined;
    signedInAs(await call('me'));
  };
  const remove = async ({ code = '' }: Values): Promise<void> => {
    await call('totp.remove', { body: { code } });
    recovery.value = undefined;
    signedInAs(await call('me'));
  };
  const { totp } = me.value ?? {};
  return (
    <Section title={texts.codes} text={totp === undefined ? texts.codesText : texts.codesOn(totp.recoveryCodesLeft)}>
      {recovery.value !== undefined && (
        <div class="stack">
          <h3>{texts.recovery}</h3>
          <p>{texts.recoveryText}</p>
          <CopyLine text={recovery.value.join('\n')} />
        </div>
      )}
      {totp !== undefined ? (
        <Form onSend={remove} label={texts.turnOff}>
          {(busy) => (
            <>
              <Field name="code" label={texts.code} autocomplete="one-time-code" required />
              <div class="actions">
                <Button type="submit" busy={busy}>
                  {texts.turnOff}
                </Button>
              </div>
            </>
          )}
        </Form>
      ) : secret.value === undefined ? (
        <Form onSend={begin} label={texts.turnOn}>
          {(busy) => (
            <>
              <Confirm />
              <div class="actions">
                <Button type="submit" busy={busy}>
                  {texts.turnOn}
                </Button>
              </div>
            </>
          )}
        </Form>
      ) : (
        <>
          <p>{texts.scan}</p>
          <CopyLine text={secret.value.secret} />
          <p>
            <a href={secret.value.url}>{texts.openApp}</a>
          </p>
          <Form onSend={confirm} label={texts.codes}>
            {(busy) => (
              <>
                <Field name="code" label={texts.code} autocomplete="one-time-code" required autoFocus />
                <div class="actions">
                  <Button type="submit" busy={busy}>
                    {texts.confirmCode}
                  </Button>
                </div>
              </>
            )}
          </Form>
        </>
      )}
    </Section>
  );
}
