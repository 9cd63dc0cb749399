// What one says to submit a task. What is left empty, the hub fills in.

import type { SubmittedTask } from '@agentcom/schemas';
import { useMemo } from 'preact/hooks';
import { call, newIdempotencyKey } from '../../api/client.js';
import { startTexts as texts } from '../../texts/start.js';
import { Button } from '../../ui/button.js';
import { Field, Form, type Values } from '../../ui/form.js';

interface SubmitFormProps {
  readonly onSubmitted: (task: SubmittedTask) => void;
  readonly first?: { readonly title: string; readonly prompt: string };
}

export function SubmitForm({ onSubmitted, first }: SubmitFormProps) {
  // Sent again after an answer was lost, it makes no second task.
  const idempotencyKey = useMemo(newIdempotencyKey, []);
  const submit = async ({ title = '', prompt = '', repo, needs }: Values): Promise<void> =>
    onSubmitted(
      await call('task.submit', {
        idempotencyKey,
        body: {
          title,
          prompt,
          ...(repo !== undefined && { repo: { url: repo } }),
          ...(needs !== undefined && { needs: needs.split(/[\s,]+/) }),
        },
      }),
    );
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
          />
          <Field name="needs" label={texts.needs} hint={texts.needsHint} optional />
          <div class="dialog-foot">
            <Button type="submit" kind="primary" busy={busy}>
              {texts.submit}
            </Button>
          </div>
        </>
      )}
    </Form>
  );
}
