// The passkeys of an account: which there are, a new one, and no longer one.

import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { accountTexts as texts } from '../../texts/account.js';
import { Button } from '../../ui/button.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { Moment } from '../../ui/time.js';
import { toastError } from '../../ui/toast.js';
import { hasPasskeys } from '../sign-in/passkey.js';
import { Confirm } from './confirm.js';
import { Section } from './section.js';

export function Passkeys() {
  const { value, error, reload } = useResource((signal) => call('passkey.list', { signal }), []);
  const round = useSignal(0);
  const add = async ({ name = '', ...confirm }: Values): Promise<void> => {
    const { publicKey } = await call('passkey.begin', { body: confirm });
    const options = PublicKeyCredential.parseCreationOptionsFromJSON(
      publicKey as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
    const made = await navigator.credentials.create({ publicKey: options }).catch(() => null);
    if (!(made instanceof PublicKeyCredential)) throw new ApiError('passkey.unused', 0, texts.notMade);
    const { id, response } = made.toJSON() as RegistrationResponseJSON;
    const { clientDataJSON, attestationObject } = response;
    await call('passkey.create', { body: { name, credential: { id, clientDataJSON, attestationObject } } });
    round.value++;
    reload();
  };
  const remove = (id: string): void => {
    call('passkey.remove', { path: { id } }).then(reload, (cause: unknown) => toastError(toApiError(cause)));
  };
  return (
    <Section title={texts.passkeys} text={hasPasskeys ? texts.passkeysText : texts.noPasskeys}>
      {error.value && <ErrorNote error={error.value} onRetry={reload} />}
      <ul class="lines">
        {value.value?.items.map(({ id, name, lastUsedAt }) => (
          <li key={id}>
            <span class="grow">
              {name}{' '}
              <span class="muted">
                {lastUsedAt === undefined ? (
                  texts.neverUsed
                ) : (
                  <>
                    {texts.lastUsed} <Moment at={lastUsedAt} />
                  </>
                )}
              </span>
            </span>
            <Button onClick={() => remove(id)}>{texts.remove}</Button>
          </li>
        ))}
      </ul>
      {hasPasskeys && (
        <Form key={round.value} onSend={add} label={texts.addPasskey}>
          {(busy) => (
            <>
              <Field name="name" label={texts.passkeyName} hint={texts.passkeyNameHint} required />
              <Confirm />
              <div class="actions">
                <Button type="submit" busy={busy}>
                  {texts.addPasskey}
                </Button>
              </div>
            </>
          )}
        </Form>
      )}
    </Section>
  );
}
