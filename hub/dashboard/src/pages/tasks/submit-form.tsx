// What one says to submit a task. What is left empty, the hub fills in.

import type { SubmittedTask, TaskSpec } from '@agentcom/schemas';
import { useMemo } from 'preact/hooks';
import { call, newIdempotencyKey } from '../../api/client.js';
import { startTexts as texts } from '../../texts/start.js';
import { DialogFoot } from '../../ui/dialog-foot.js';
import { Field, Form, type Values } from '../../ui/form.js';

interface SubmitFormProps {
  readonly onSubmitted: (task: SubmittedTask) => void;
  /** What it begins with; of that, what no field shows is asked for as well. */
  readonly first?: TaskSpec;
}

export function SubmitForm({ onSubmitted, first }: SubmitFormProps) {
  // Sent again after an answer was lost, it makes no second task.
  const idempotencyKey = useMemo(newIdempotencyKey, []);
  const submit = async ({ title = '', prompt = '', repo, needs }: Values): Promise<void> => {
    const { repo: firstRepo, needs: _, ...rest } = first ?? {};
    onSubmitted(
      await call('task.submit', {
        idempotencyKey,
        body: {
          ...rest,
          title,
          prompt,
          ...(repo !== undefined && { repo: repo === firstRepo?.url ? firstRepo : { url: repo } }),
          ...(needs !== undefined && { needs: needs.split(/[\s,]+/) }),
        },
      }),
    );
  };
  const also = alsoOf(first);
  return (
    <Form onSend={submit} label={texts.submitTitle}>
      {(busy) => (
        <>
          <Field name="title" label={texts.taskTitle} required {...(first && { value: first.title })} />
          <Field
            name="prompt"
            label={texts.prompt}
            hint={texts.promptHint}
            rows={5}
            required
            {...(first && { value: first.prompt })}
          />
          <Field
            name="repo"
            label={texts.repo}
            hint={texts.repoHint}
            optional
            placeholder="https://example.org/shop.git"
            {...(first?.repo && { value: first.repo.url })}
          />
          <Field
            name="needs"
            label={texts.needs}
            hint={texts.needsHint}
            optional
            {...(first?.needs && { value: first.needs.join(' ') })}
          />
          {also.length > 0 && <p class="muted">{texts.also(also.join(', '))}</p>}
          <DialogFoot busy={busy}>{texts.submit}</DialogFoot>
        </>
      )}
    </Form>
  );
}

/** What of it no field shows, in words. */
function alsoOf({ lane, labels = {}, runner, model, verify = [], budget }: Partial<TaskSpec> = {}): readonly string[] {
  const named = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const all = [lane === 'normal' ? undefined : lane, ...named, runner, model, ...verify, budget && texts.budget];
  return all.flat().filter((one) => one !== undefined);
}
