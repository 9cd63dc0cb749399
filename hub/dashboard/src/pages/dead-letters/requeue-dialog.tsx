// Requeues all dead letters of a group, with what is to be different for each.

import type { DeadLetterGroup } from '@agentcom/schemas';
import { LANES } from '@agentcom/schemas/names';
import { bulkRun } from '../../bulk/bulk-run.js';
import { checkTyped, TypedCount, useCounted } from '../../bulk/counted.js';
import { texts as common } from '../../texts/common.js';
import { deadTexts as texts } from '../../texts/dead-letters.js';
import { Dialog } from '../../ui/dialog.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { requeueBody } from './edits.js';
import { groupQuery } from './letters.js';
import './dead-letters.css';

export function RequeueDialog({ group, onClose }: { readonly group: DeadLetterGroup; readonly onClose: () => void }) {
  const all = { action: 'requeue', q: groupQuery(group) } as const;
  const { count, error, reload } = useCounted(all);
  const send = async (values: Values): Promise<void> => {
    if (count === undefined) return;
    checkTyped(values, count);
    const perMinute = Number(values.rate ?? 0);
    const changes = requeueBody(values);
    await bulkRun.start({ ...all, changes, ...(perMinute > 0 && { perMinute }) });
    onClose();
  };
  return (
    <Dialog title={texts.requeueTitle(count)} onClose={onClose} large>
      {error && <ErrorNote error={error} onRetry={reload} />}
      <p class="muted">{count === undefined ? texts.counting : texts.requeueText}</p>
      <Form onSend={send} label={texts.requeueTitle(count)}>
        {(busy) => (
          <>
            <div class="columns">
              <Field name="runner" label={texts.runner} hint={texts.runnerHint} optional />
              <Field name="model" label={texts.model} hint={texts.modelHint} optional />
              <Field
                name="lane"
                label={texts.lane}
                choices={[['', texts.same], ...LANES.map((lane) => [lane, common.shell.lanes[lane]] as const)]}
              />
              <Field name="session" label={texts.session} value="go" choices={Object.entries(texts.sessions)} />
              <Field name="budget" label={texts.cost} hint={texts.costHint} optional />
              <Field
                name="keepBudget"
                label={texts.keepBudget}
                value="no"
                choices={Object.entries(texts.keepBudgets)}
              />
            </div>
            <Field name="promptAppend" label={texts.promptAppend} hint={texts.promptAppendHint} rows={2} optional />
            <div class="columns">
              <Field name="rate" label={texts.rate} value="0" choices={RATES} />
              {count !== undefined && <TypedCount n={count} />}
            </div>
            <DialogFoot onCancel={onClose} icon="retry" busy={busy} disabled={count === undefined || count === 0}>
              {texts.requeue}
            </DialogFoot>
          </>
        )}
      </Form>
    </Dialog>
  );
}

const RATES = (['0', '60', '10'] as const).map((rate) => [rate, texts.rates[rate]] as const);
