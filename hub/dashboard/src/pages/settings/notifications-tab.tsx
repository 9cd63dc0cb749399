// By which channels people are told, and which of them gets what.

import type { NotificationChannel } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { call, exchange } from '../../api/client.js';
import { toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { ChannelChip } from '../../ui/channel-chip.js';
import { Empty } from '../../ui/empty.js';
import { Menu, MenuItem } from '../../ui/menu.js';
import { usePaged } from '../../ui/paged.js';
import { useResource } from '../../ui/resource.js';
import { toast, toastError } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { ChannelDialog } from './channel-dialog.js';
import { Rows, Sure } from './parts.js';
import { Routes } from './routes-part.js';

const texts = settingsTexts.notifications;

export function NotificationsTab() {
  const channels = usePaged((cursor, signal) => call('notify.list', { query: { limit: 200, ...cursor }, signal }));
  const routes = useResource((signal) => exchange('notify.routes', { signal }), []);
  const isAdding = useSignal(false);
  // The first channel comes with a route, one that is removed takes its routes along, and routes name channels.
  const reload = (): void => {
    channels.reload();
    routes.reload();
  };
  return (
    <>
      <Section title={texts.channels} text={texts.channelsText}>
        {may('notifications.manage') && (
          <div class="actions">
            <Button kind="primary" icon="plus" onClick={() => (isAdding.value = true)}>
              {texts.addChannel}
            </Button>
          </div>
        )}
        <Rows list={channels}>
          {(items) =>
            items.length === 0 ? (
              <Empty icon="bell" title={texts.none}>
                {may('notifications.manage') && <p>{texts.noneText}</p>}
              </Empty>
            ) : (
              <ul class="lines">
                {items.map((channel) => (
                  <Channel key={channel.id} channel={channel} onChanged={reload} />
                ))}
              </ul>
            )
          }
        </Rows>
        {isAdding.value && <ChannelDialog onSaved={reload} onClose={() => (isAdding.value = false)} />}
      </Section>
      <Routes routes={routes} />
    </>
  );
}

interface ChannelProps {
  readonly channel: NotificationChannel;
  readonly onChanged: () => void;
}

function Channel({ channel, onChanged }: ChannelProps) {
  const { id, kind, name, enabled, disabledWhy, failing, quietHours } = channel;
  const busy = useSignal(false);
  const doing = useSignal<'edit' | 'remove' | undefined>(undefined);
  const close = (): void => {
    doing.value = undefined;
  };
  const test = async (): Promise<void> => {
    busy.value = true;
    try {
      const { sent, why = '' } = await call('notify.test', { path: { id }, body: {} });
      if (sent) toast(texts.testSent(name));
      else toast(texts.testFailed(name, why), { tone: 'bad' });
      onChanged();
    } catch (cause) {
      toastError(toApiError(cause));
    } finally {
      busy.value = false;
    }
  };
  const enable = (isOn: boolean): void => {
    call('notify.change', { path: { id }, body: { enabled: isOn } }).then(
      () => {
        toast(texts.changed(name));
        onChanged();
      },
      (cause: unknown) => toastError(toApiError(cause)),
    );
  };
  const why = disabledWhy ?? failing?.why;
  return (
    <li>
      <span class="grow">
        <b>{name}</b> <span class="tag">{texts.kinds[kind]}</span> <ChannelChip enabled={enabled} failing={failing} />
        {(why !== undefined || quietHours !== undefined) && <br />}
        {why !== undefined && <span>{why} </span>}
        {quietHours !== undefined && (
          <span class="muted">{texts.quietText(quietHours.from, quietHours.to, quietHours.timeZone)}</span>
        )}
      </span>
      {may('notifications.send') && (
        <Button busy={busy.value} disabled={!enabled} onClick={() => void test()}>
          {texts.test}
        </Button>
      )}
      {may('notifications.manage') && (
        <Menu label={settingsTexts.moreOf(name)} icon="dots">
          {kind !== 'push' && <MenuItem onClick={() => (doing.value = 'edit')}>{settingsTexts.edit}</MenuItem>}
          <MenuItem onClick={() => enable(!enabled)}>{enabled ? texts.disable : texts.enable}</MenuItem>
          <MenuItem tone="bad" onClick={() => (doing.value = 'remove')}>
            {settingsTexts.remove}
          </MenuItem>
        </Menu>
      )}
      {doing.value === 'edit' && <ChannelDialog channel={channel} onSaved={onChanged} onClose={close} />}
      {doing.value === 'remove' && (
        <Sure
          title={texts.removeTitle(name)}
          text={texts.removeText}
          label={settingsTexts.remove}
          onSure={async () => {
            await call('notify.remove', { path: { id } });
            toast(texts.removed(name));
            onChanged();
          }}
          onClose={close}
        />
      )}
    </li>
  );
}
