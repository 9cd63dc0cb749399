// Lets this browser be told of one's tasks while no page is open, or no more.

import { useSignal } from '@preact/signals';
import { type ApiError, toApiError } from '../api/problem.js';
import { pushState, turnPushOff, turnPushOn } from '../push.js';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import { ErrorNote } from './error-note.js';

export function PushSwitch() {
  const busy = useSignal(false);
  const failed = useSignal<ApiError | undefined>(undefined);
  const run = (change: () => Promise<void>) => async (): Promise<void> => {
    busy.value = true;
    failed.value = undefined;
    try {
      await change();
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  };
  const isOn = pushState.value === 'on';
  return (
    <>
      {failed.value && <ErrorNote error={failed.value} />}
      <p class="muted" role="status">
        {texts.push.states[pushState.value]}
      </p>
      {(isOn || pushState.value === 'off') && (
        <div class="actions">
          <Button icon="bell" busy={busy.value} onClick={() => void run(isOn ? turnPushOff : turnPushOn)()}>
            {isOn ? texts.push.turnOff : texts.push.turnOn}
          </Button>
        </div>
      )}
    </>
  );
}
