// What went wrong, and what to do about it.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type ApiError, remedyOf } from '../api/problem.js';
import { texts } from '../texts/common.js';
import { Button } from './button.js';
import { Told } from './told.js';

export function ErrorNote({
  error,
  onRetry,
}: {
  readonly error: ApiError;
  readonly onRetry?: (() => void) | undefined;
}) {
  const remedy = useSignal<string | undefined>(undefined);
  useEffect(() => {
    remedy.value = undefined;
    // Without the catalogue what happened is still said.
    remedyOf(error.code).then(
      (text) => {
        remedy.value = text;
      },
      () => undefined,
    );
  }, [error]);
  const fields = [...error.fields].filter(([path]) => path !== '');
  return (
    <div class="note bad" role="alert" tabIndex={-1}>
      <span class="title">{sentence(error.message)}</span>
      {fields.map(([path, message]) => (
        <span key={path}>
          <code>{path.slice(1)}</code> {message}
        </span>
      ))}
      {remedy.value !== undefined && (
        <span>
          <Told text={remedy.value} />
        </span>
      )}
      {onRetry && (
        <div class="actions">
          <Button icon="retry" onClick={onRetry}>
            {texts.retry}
          </Button>
        </div>
      )}
    </div>
  );
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
