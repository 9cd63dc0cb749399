// A new channel, or other settings of one: the fields are those of its kind.

import type { NotificationChannel } from '@agentcom/schemas';
import { CHANNEL_FIELDS, type ChannelField, type FormKind } from '@agentcom/schemas/channel-fields';
import { useSignal } from '@preact/signals';
import { call } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { settingsTexts } from '../../texts/settings.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { toast } from '../../ui/toast.js';
import { byChannelField, fieldOf, quietOf, type Settings, settingsOf, shownSetting } from './notification-forms.js';

const texts = settingsTexts.notifications;
const KINDS = Object.keys(CHANNEL_FIELDS) as FormKind[];

interface ChannelDialogProps {
  /** Absent for a new one. */
  readonly channel?: NotificationChannel;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}

export function ChannelDialog({ channel, onSaved, onClose }: ChannelDialogProps) {
  const kind = useSignal<FormKind>((channel?.kind as FormKind | undefined) ?? 'webhook');
  const fields = CHANNEL_FIELDS[kind.value];
  const save = async (values: Values): Promise<void> => {
    const { name = '' } = values;
    try {
      if (channel === undefined) await create(kind.value, name, values);
      else await change(channel, name, values);
    } catch (cause) {
      throw byChannelField(toApiError(cause));
    }
    toast(channel === undefined ? texts.added(name) : texts.changed(name));
    onSaved();
    onClose();
  };
  const title = channel === undefined ? texts.addChannel : texts.editChannel(channel.name);
  const hours = channel?.quietHours;
  return (
    <Dialog title={title} onClose={onClose} large>
      <Form onSend={save} label={title}>
        {(busy) => (
          <>
            <div class="columns">
              {channel === undefined && (
                <Field
                  name="kind"
                  label={texts.kind}
                  choices={KINDS.map((one) => [one, texts.kinds[one]])}
                  value={kind.value}
                  onInput={(value) => {
                    kind.value = value as FormKind;
                  }}
                />
              )}
              <Field
                name="name"
                label={settingsTexts.name}
                hint={texts.nameHint}
                required
                {...(channel !== undefined && { value: channel.name })}
              />
            </div>
            {fields.map((field) => (
              <SettingField key={`${kind.value} ${field.name}`} field={field} value={channel?.settings[field.name]} />
            ))}
            <div class="columns">
              <Field name="from" label={texts.quietFrom} placeholder="22:00" value={hours?.from ?? ''} optional />
              <Field name="to" label={texts.quietTo} placeholder="07:00" value={hours?.to ?? ''} optional />
              <Field
                name="timeZone"
                label={texts.quietZone}
                hint={texts.quietHint}
                placeholder="Europe/Berlin"
                value={hours?.timeZone ?? ''}
                optional
              />
            </div>
            <DialogFoot onCancel={onClose} busy={busy}>
              {channel === undefined ? texts.addChannel : settingsTexts.save}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

async function create(kind: FormKind, name: string, values: Values): Promise<void> {
  const quietHours = quietOf(values);
  const settings = settingsOf(CHANNEL_FIELDS[kind], values);
  await call('notify.create', { body: { kind, name, settings, ...(quietHours !== undefined && { quietHours }) } });
}

async function change(channel: NotificationChannel, name: string, values: Values): Promise<void> {
  const fields = CHANNEL_FIELDS[channel.kind as FormKind];
  const settings: Settings = settingsOf(fields, values, channel.settings);
  const quietHours = quietOf(values) ?? null;
  const isQuietSame = JSON.stringify(quietHours) === JSON.stringify(channel.quietHours ?? null);
  const body = {
    ...(name !== channel.name && { name }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(!isQuietSame && { quietHours }),
  };
  if (Object.keys(body).length === 0) throw new ApiError('page.unchanged', 0, settingsTexts.config.unchanged);
  await call('notify.change', { path: { id: channel.id }, body });
}

function SettingField({ field, value }: { readonly field: ChannelField; readonly value: unknown }) {
  const { label, help, required, secret, choices, type } = field;
  const isKept = secret === true && typeof value === 'string';
  const given =
    type === 'boolean'
      ? ([
          ['', texts.no],
          ['true', texts.yes],
        ] as const)
      : choices && [['', texts.byDefault] as const, ...choices.map((one) => [one, one] as const)];
  const hint = [help, isKept && texts.kept(value)].filter(Boolean).join(' ');
  return (
    <Field
      name={fieldOf(field)}
      label={label}
      value={shownSetting(field, value)}
      required={required === true && !isKept}
      optional={required !== true && given === undefined}
      {...(hint !== '' && { hint })}
      {...(given !== undefined && { choices: given })}
    />
  );
}
