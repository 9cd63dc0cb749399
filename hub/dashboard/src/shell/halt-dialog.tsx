// Halts work and resumes it. The reason is shown to everybody who asks why a task waits.

import { call } from '../api/client.js';
import { toApiError } from '../api/problem.js';
import { now } from '../clock.js';
import { overview } from '../live/live.js';
import { may, me } from '../session.js';
import { texts } from '../texts/common.js';
import { Button } from '../ui/button.js';
import { Chip } from '../ui/chip.js';
import { Dialog } from '../ui/dialog.js';
import { DialogFoot } from '../ui/dialog-foot.js';
import { Form, type Values } from '../ui/form.js';
import { HaltFields } from '../ui/halt-fields.js';
import { Age, Moment } from '../ui/time.js';
import { toast, toastError } from '../ui/toast.js';

export function HaltDialog({ onClose }: { readonly onClose: () => void }) {
  const halts = overview.value?.halts ?? [];
  const halt = async ({ strength, reason, until }: Values): Promise<void> => {
    const seconds = Number(until);
    await call('halt.create', {
      body: {
        scope: { kind: 'org' },
        strength: strength === 'running' ? 'running' : 'new',
        reason: reason ?? '',
        ...(seconds > 0 && { until: new Date(now.value + seconds * 1000).toISOString() }),
      },
    });
    toast(texts.halt.done);
    onClose();
  };
  const end = (id: string): void => {
    call('halt.end', { path: { id } }).then(
      () => toast(texts.halt.ended),
      (error: unknown) => toastError(toApiError(error)),
    );
  };
  return (
    <Dialog title={texts.halt.title} onClose={onClose}>
      <section class="stack">
        <h3>{texts.halt.inForce}</h3>
        {halts.length === 0 && <p class="muted">{texts.halt.nothing}</p>}
        {halts.map(({ id, scope, strength, reason, since, until }) => (
          <div class="card" key={id}>
            <div class="actions">
              <Chip tone="warn" icon="halt">
                {texts.halt.scope(scope.kind, scope.value)}
              </Chip>
              <span class="muted">
                <Age at={since} /> · {strength}
                {until !== undefined && (
                  <>
                    {' · '}
                    <Moment at={until} />
                  </>
                )}
              </span>
            </div>
            <p>{reason}</p>
            {may('halts.change') && (
              <div class="actions">
                <Button icon="play" onClick={() => end(id)}>
                  {texts.halt.end}
                </Button>
              </div>
            )}
          </div>
        ))}
      </section>
      {may('halts.change') && (
        <section class="stack">
          <h3>
            {texts.halt.new} <span class="muted">({me.value?.org})</span>
          </h3>
          <Form onSend={halt} label={texts.halt.new}>
            {(busy) => (
              <>
                <HaltFields />
                <DialogFoot onCancel={onClose} kind="danger" icon="halt" busy={busy}>
                  {texts.halt.submit}
                </DialogFoot>
              </>
            )}
          </Form>
        </section>
      )}
    </Dialog>
  );
}
