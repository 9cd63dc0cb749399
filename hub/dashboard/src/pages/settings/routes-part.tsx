// Which notification goes to which channel: in order, each with what it matches.

import type { NotificationRoute } from '@agentcom/schemas';
import { useSignal } from '@preact/signals';
import { type Answered, exchange } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { may } from '../../session.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import type { Resource } from '../../ui/resource.js';
import { toast, toastError } from '../../ui/toast.js';
import { Section } from '../account/section.js';
import { byRouteField, MATCH_FIELDS, ROUTE_FLAGS, routeOf } from './notification-forms.js';
import { Checks } from './parts.js';

const texts = settingsTexts.notifications;

export function Routes({ routes: known }: { readonly routes: Resource<Answered<'notify.routes'>> }) {
  const { value, error, reload } = known;
  /** Which one; the number of all for a new one. */
  const editing = useSignal<number | undefined>(undefined);
  const { routes = [] } = value.value?.body ?? {};
  const mayChange = may('notifications.manage');
  const put = async (next: readonly NotificationRoute[]): Promise<void> => {
    const { etag } = value.value ?? {};
    try {
      await exchange('notify.setRoutes', {
        body: { routes: [...next] },
        ...(etag !== undefined && { ifMatch: etag }),
      });
    } catch (cause) {
      const refusal = toApiError(cause);
      if (refusal.status !== 412) throw refusal;
      // Where it was in the order, another one may be now.
      editing.value = undefined;
      reload();
      return toastError(new ApiError(refusal.code, refusal.status, texts.routesLost));
    }
    toast(texts.routesSaved);
    reload();
  };
  const attempt = (next: readonly NotificationRoute[]): void => {
    put(next).catch((cause: unknown) => toastError(toApiError(cause)));
  };
  const up = (at: number): void =>
    attempt(
      routes.map((route, i) => (i === at - 1 ? (routes[at] ?? route) : i === at ? (routes[at - 1] ?? route) : route)),
    );
  return (
    <Section title={texts.routes} text={texts.routesText}>
      {error.value && <ErrorNote error={error.value} onRetry={reload} />}
      {value.value === undefined && error.value === undefined && <SkeletonRows rows={2} />}
      {value.value !== undefined && routes.length === 0 && <p class="muted">{texts.routesNoneText}</p>}
      <ol class="lines">
        {routes.map((route, i) => (
          <li key={`${i} ${JSON.stringify(route)}`}>
            <RouteText route={route} />
            {mayChange && (
              <span class="actions">
                {i > 0 && <Button kind="quiet" icon="up" label={texts.upOf(i + 1)} onClick={() => up(i)} />}
                <Button label={texts.editOf(i + 1)} onClick={() => (editing.value = i)}>
                  {settingsTexts.edit}
                </Button>
                <Button label={texts.removeOf(i + 1)} onClick={() => attempt(routes.filter((_, at) => at !== i))}>
                  {settingsTexts.remove}
                </Button>
              </span>
            )}
          </li>
        ))}
      </ol>
      {mayChange && value.value !== undefined && (
        <div class="actions">
          <Button icon="plus" onClick={() => (editing.value = routes.length)}>
            {texts.addRoute}
          </Button>
        </div>
      )}
      {editing.value !== undefined && (
        <RouteDialog
          route={routes[editing.value]}
          onSend={async (route) => {
            const at = editing.value ?? routes.length;
            await put([...routes.slice(0, at), route, ...routes.slice(at + 1)]);
          }}
          onClose={() => (editing.value = undefined)}
        />
      )}
    </Section>
  );
}

function RouteText({ route: { match, channels, escalation, ...flags } }: { readonly route: NotificationRoute }) {
  const conditions = MATCH_FIELDS.flatMap((name) => (match[name] ?? []).map((one) => `${name}: ${one}`));
  const more = [
    escalation && `${texts.next} ${escalation.join(', ')}`,
    flags.continue === true && texts.continues,
    flags.digest === true && texts.digest,
    flags.excerpts === true && texts.excerpts,
  ].filter(Boolean);
  return (
    <span class="grow">
      {conditions.length === 0 ? (
        texts.everything
      ) : (
        <span class="tags">
          {conditions.map((one) => (
            <span class="tag" key={one}>
              {one}
            </span>
          ))}
        </span>
      )}{' '}
      {texts.to} <b>{channels.join(', ')}</b>
      {more.length > 0 && <span class="muted"> · {more.join(' · ')}</span>}
    </span>
  );
}

interface RouteDialogProps {
  readonly route: NotificationRoute | undefined;
  readonly onSend: (route: NotificationRoute) => Promise<void>;
  readonly onClose: () => void;
}

function RouteDialog({ route, onSend, onClose }: RouteDialogProps) {
  const title = route === undefined ? texts.addRoute : texts.editRoute;
  const send = async (values: Values): Promise<void> => {
    try {
      await onSend(routeOf(values));
    } catch (cause) {
      throw byRouteField(toApiError(cause));
    }
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose} large>
      <Form onSend={send} label={title}>
        {(busy) => (
          <>
            <Field
              name="channels"
              label={texts.fields.channels}
              hint={texts.hints.channels}
              value={route?.channels.join(', ') ?? ''}
              required
            />
            <div class="columns">
              {MATCH_FIELDS.map((name) => (
                <Field
                  key={name}
                  name={name}
                  label={texts.fields[name]}
                  hint={`${texts.hints[name]} ${texts.commas}`}
                  value={route?.match[name]?.join(', ') ?? ''}
                  optional
                />
              ))}
            </div>
            <Field
              name="escalation"
              label={texts.fields.escalation}
              hint={texts.hints.escalation}
              value={route?.escalation?.join(', ') ?? ''}
              optional
            />
            <Checks
              name="flag"
              label={settingsTexts.tabs.notifications}
              choices={ROUTE_FLAGS.map((name) => [name, texts.flags[name]])}
              chosen={ROUTE_FLAGS.filter((name) => route?.[name] === true)}
            />
            <DialogFoot onCancel={onClose} busy={busy}>
              {settingsTexts.save}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}
