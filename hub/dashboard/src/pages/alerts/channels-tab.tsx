// By which channels people are told, how each is, and a test of it.

import type { NotificationChannel } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { alertTexts as texts } from '../../texts/alerts.js';
import { Button } from '../../ui/button.js';
import { Chip } from '../../ui/chip.js';
import { CopyLine } from '../../ui/copy-line.js';
import { Empty, SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { useResource } from '../../ui/resource.js';
import { toast, toastError } from '../../ui/toast.js';

export function ChannelsTab() {
  const { value, error, reload } = useResource((signal) => call('notify.list', { query: { limit: 200 }, signal }), []);
  if (error.value) return <ErrorNote error={error.value} onRetry={reload} />;
  if (value.value === undefined) return <SkeletonRows rows={3} />;
  if (value.value.items.length === 0) {
    return (
      <Empty icon="bell" title={texts.channelsNone}>
        <p>{texts.channelsText}</p>
        <CopyLine text={texts.channelsCommand} />
      </Empty>
    );
  }
  return (
    <ul class="alert-list">
      {value.value.items.map((channel) => (
        <Channel key={channel.id} channel={channel} onTested={reload} />
      ))}
    </ul>
  );
}

function Channel({ channel, onTested }: { readonly channel: NotificationChannel; readonly onTested: () => void }) {
  const { id, kind, name, enabled, disabledWhy, failing, quietHours } = channel;
  const busy = useSignal(false);
  const test = async (): Promise<void> => {
    busy.value = true;
    try {
      const { sent, why = '' } = await call('notify.test', { path: { id }, body: {} });
      if (sent) toast(texts.testSent(name));
      else toast(texts.testFailed(name, why), { tone: 'bad' });
      onTested();
    } catch (cause) {
      toastError(toApiError(cause));
    } finally {
      busy.value = false;
    }
  };
  return (
    <li class="alert">
      <div class="alert-head">
        <h2>{name}</h2>
        <span class="tag">{kind}</span>
        {!enabled ? (
          <Chip icon="cancelled">{texts.disabled}</Chip>
        ) : failing === undefined ? (
          <Chip tone="good" icon="check">
            {texts.working}
          </Chip>
        ) : (
          <Chip tone="bad" icon="alert">
            {texts.failing}
          </Chip>
        )}
        <span class="push" />
        {may('notifications.send') && (
          <Button busy={busy.value} disabled={!enabled} onClick={() => void test()}>
            {texts.test}
          </Button>
        )}
      </div>
      {(disabledWhy ?? failing?.why) !== undefined && <p>{disabledWhy ?? failing?.why}</p>}
      {quietHours !== undefined && (
        <p class="muted">{texts.quiet(quietHours.from, quietHours.to, quietHours.timeZone)}</p>
      )}
    </li>
  );
}
