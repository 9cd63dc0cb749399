// The config of the hub, made of its schema: what each value means, what it usually is, and between what it may be.

import { useComputed, useSignal } from '@preact/signals';
import { call, exchange } from '../../api/client.js';
import { ApiError, toApiError } from '../../api/problem.js';
import { hasPage } from '../../pages.js';
import { may } from '../../session.js';
import { texts as common } from '../../texts/common.js';
import { settingsTexts } from '../../texts/settings.js';
import { Button } from '../../ui/button.js';
import { SkeletonRows } from '../../ui/empty.js';
import { ErrorNote } from '../../ui/error-note.js';
import { Field, Form, type Values } from '../../ui/form.js';
import { useResource } from '../../ui/resource.js';
import { toast } from '../../ui/toast.js';
import { formatSetting } from '../alerts/amounts.js';
import {
  byField,
  type ConfigValue,
  changesOf,
  isFound,
  patchOf,
  type Shape,
  sectionOf,
  type Value,
  valueAt,
  valuesOf,
} from './config-values.js';

const texts = settingsTexts.config;
/** Those of alert rules are on their own page. */
const ELSEWHERE = 'alerts.rules.';
const IN_LIMITS = 'limits';

export function ConfigTab() {
  const words = useSignal('');
  return (
    <>
      <div class="settings-lead">
        <p class="muted">
          {may('config.change') ? texts.text : texts.readOnly}{' '}
          {hasPage('/alerts') && (
            <>
              {texts.rules} <a href="/alerts?tab=rules">{texts.toRules}</a>
            </>
          )}
        </p>
        <Field
          name="find"
          label={texts.find}
          type="search"
          onInput={(text) => {
            words.value = text;
          }}
        />
      </div>
      <ConfigSections isShown={(section) => section !== IN_LIMITS} words={words.value} />
    </>
  );
}

interface SectionsProps {
  readonly isShown: (section: string) => boolean;
  readonly words?: string;
}

export function ConfigSections({ isShown, words = '' }: SectionsProps) {
  const schema = useResource(
    async (signal) => valuesOf((await call('schema.show', { path: { name: 'Config' }, signal })) as unknown as Shape),
    [],
  );
  const config = useResource((signal) => exchange('config.show', { signal }), []);
  const failed = schema.error.value ?? config.error.value;
  if (failed !== undefined) {
    return (
      <ErrorNote
        error={failed}
        onRetry={() => {
          schema.reload();
          config.reload();
        }}
      />
    );
  }
  const now = config.value.value;
  if (schema.value.value === undefined || now === undefined) return <SkeletonRows rows={8} />;
  const shown = schema.value.value.filter(({ key }) => !key.startsWith(ELSEWHERE) && isShown(sectionOf(key)));
  const sections = [...new Set(shown.map(({ key }) => sectionOf(key)))];
  const isNothing = words !== '' && !shown.some((value) => isFound(value, words));
  return (
    <div class="stack">
      {isNothing && <p class="muted">{texts.nothing}</p>}
      {sections.map((section) => (
        <Section
          key={section}
          name={section}
          values={shown.filter(({ key }) => sectionOf(key) === section)}
          now={now.body}
          etag={now.etag}
          words={words}
          onChanged={config.reload}
        />
      ))}
    </div>
  );
}

interface SectionProps {
  readonly name: string;
  readonly values: readonly ConfigValue[];
  readonly now: object;
  readonly etag: string | undefined;
  readonly words: string;
  /** The config is another one: it is read again. */
  readonly onChanged: () => void;
}

function Section({ name, values, now, etag, words, onChanged }: SectionProps) {
  /** What the fields began with; what others change meanwhile is shown beside them. */
  const began = useSignal(now);
  const round = useSignal(0);
  const isAny = useComputed(() => values.some((value) => isFound(value, words)));
  const save = async (typed: Values): Promise<void> => {
    const changes = changesOf(values, began.value, typed);
    if (changes.size === 0) throw new ApiError('page.unchanged', 0, texts.unchanged);
    try {
      const ifMatch = etag === undefined ? {} : { ifMatch: etag };
      began.value = await call('config.change', { body: patchOf(changes), ...ifMatch });
    } catch (cause) {
      const refusal = toApiError(cause);
      if (refusal.status !== 412) throw byField(refusal);
      onChanged();
      throw new ApiError(refusal.code, refusal.status, texts.lost);
    }
    toast(texts.saved(changes.size));
    round.value++;
    onChanged();
  };
  const mayChange = may('config.change');
  if (words !== '' && !isAny.value && !values.some((value) => isFound(value, words))) {
    return <div hidden />;
  }
  const fields = (
    <div class="config-fields">
      {values.map((value) => (
        <div key={value.key} hidden={words !== '' && !isFound(value, words)}>
          {mayChange ? (
            <ValueField value={value} began={valueAt(began.value, value.key)} now={valueAt(now, value.key)} />
          ) : (
            <Shown value={value} now={valueAt(now, value.key)} />
          )}
        </div>
      ))}
    </div>
  );
  return (
    <section class="card" aria-label={name}>
      <h2>
        <code>{name}</code>
      </h2>
      {mayChange ? (
        <Form key={round.value} onSend={save} label={name}>
          {(busy) => (
            <>
              {fields}
              <div class="actions">
                <Button type="submit" busy={busy}>
                  {texts.saveOf(name)}
                </Button>
              </div>
            </>
          )}
        </Form>
      ) : (
        fields
      )}
    </section>
  );
}

interface ValueFieldProps {
  readonly value: ConfigValue;
  readonly began: Value | undefined;
  readonly now: Value | undefined;
}

function ValueField({ value, began, now }: ValueFieldProps) {
  const { key, help, byDefault, minimum, maximum, words } = value;
  const choices =
    typeof byDefault === 'boolean'
      ? (['true', 'false'] as const).map((one) => [one, one === 'true' ? texts.yes : texts.no] as const)
      : words?.map((one) => [one, one] as const);
  return (
    <Field
      name={key}
      label={help.replace(/\.$/, '')}
      value={String(began)}
      {...(choices !== undefined && { choices })}
      hint={
        <>
          <code>{key}</code> {texts.usual(said(key, byDefault))}{' '}
          {minimum !== undefined && maximum !== undefined && texts.bounds(said(key, minimum), said(key, maximum))}
          {now !== byDefault && (
            <>
              {' '}
              <b>{texts.changedHere}</b>
            </>
          )}
          {now !== began && now !== undefined && <span class="meanwhile">{texts.meanwhile(said(key, now))}</span>}
        </>
      }
    />
  );
}

function Shown({
  value: { key, help, byDefault },
  now = byDefault,
}: {
  readonly value: ConfigValue;
  readonly now: Value | undefined;
}) {
  return (
    <div class="field">
      <span class="label">{help.replace(/\.$/, '')}</span>
      <span>{said(key, now)}</span>
      <span class="hint">
        <code>{key}</code> {texts.usual(said(key, byDefault))}
      </span>
    </div>
  );
}

/** With its unit, and as it is typed. */
function said(key: string, value: Value): string {
  if (typeof value === 'boolean') return value ? texts.yes : texts.no;
  if (typeof value === 'string') return value === '' ? common.none : value;
  const text = formatSetting(key, value);
  return /\d [a-z]/i.test(text) && !text.includes('%') ? `${value} (${text})` : text;
}
