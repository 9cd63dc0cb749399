// Forms: fields with their label, hint and what is wrong with them, and the one way in which a form is sent.

import { type ReadonlySignal, type Signal, useComputed, useSignal } from '@preact/signals';
import { type ComponentChildren, createContext, type TargetedEvent } from 'preact';
import { useContext, useEffect, useId, useRef } from 'preact/hooks';
import { type ApiError, toApiError } from '../api/problem.js';
import { texts } from '../texts/common.js';
import { ErrorNote } from './error-note.js';
import { Icon } from './icon.js';

const Failed = createContext<ReadonlySignal<ApiError | undefined> | undefined>(undefined);
const Taken = createContext<Signal<ReadonlySet<string>> | undefined>(undefined);

export type Values = Readonly<Record<string, string>>;

interface FormProps {
  /** What was typed, without what is empty. */
  readonly onSend: (values: Values) => Promise<void>;
  readonly children: (busy: boolean) => ComponentChildren;
  readonly label?: string;
}

/** Shows what the hub says of a field beside that field, and everything else above the buttons. */
export function Form({ onSend, children, label }: FormProps) {
  const failed = useSignal<ApiError | undefined>(undefined);
  const busy = useSignal(false);
  const fields = useSignal<ReadonlySet<string>>(new Set());
  const form = useRef<HTMLFormElement>(null);
  /** What no field of the form shows. */
  const rest = useComputed(() => {
    const error = failed.value;
    if (error === undefined) return undefined;
    const isShown = error.fields.size > 0 && [...error.fields.keys()].every((path) => fields.value.has(nameOf(path)));
    return isShown ? undefined : error;
  });

  useEffect(() => {
    if (failed.value === undefined) return;
    const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    wrong?.closest('details')?.setAttribute('open', '');
    (wrong ?? form.current?.querySelector<HTMLElement>('.note.bad'))?.focus();
  }, [failed.value]);

  const send = async (event: TargetedEvent<HTMLFormElement, SubmitEvent>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    const entries = [...new FormData(event.currentTarget)].map(
      ([name, value]) => [name, String(value).trim()] as const,
    );
    busy.value = true;
    failed.value = undefined;
    try {
      await onSend(Object.fromEntries(entries.filter(([, value]) => value !== '')));
    } catch (error) {
      failed.value = toApiError(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <Failed.Provider value={failed}>
      <Taken.Provider value={fields}>
        <form class="form" ref={form} onSubmit={send} aria-label={label}>
          {rest.value && <ErrorNote error={rest.value} />}
          {children(busy.value)}
        </form>
      </Taken.Provider>
    </Failed.Provider>
  );
}

function nameOf(path: string): string {
  return path.split('/')[1] ?? '';
}

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly optional?: boolean;
  readonly type?: 'text' | 'email' | 'password' | 'number' | 'search' | 'datetime-local';
  readonly autocomplete?: string;
  readonly value?: string;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly placeholder?: string;
  readonly autoFocus?: boolean;
  /** Given, it has several lines. */
  readonly rows?: number;
  /** Given, it is a choice of these: value and text. */
  readonly choices?: readonly (readonly [string, string])[];
  /** What there is to choose from; anything else can be typed as well. */
  readonly suggestions?: readonly string[];
  readonly onInput?: (value: string) => void;
}

export function Field(props: FieldProps) {
  const { name, label, hint, optional = false, choices, rows, suggestions } = props;
  const id = useId();
  const failed = useContext(Failed);
  const taken = useContext(Taken);
  useEffect(() => {
    if (taken === undefined) return undefined;
    taken.value = new Set([...taken.peek(), name]);
    return () => {
      taken.value = new Set([...taken.peek()].filter((one) => one !== name));
    };
  }, [name, taken]);
  const wrong = [...(failed?.value?.fields ?? [])].find(([path]) => nameOf(path) === name)?.[1];
  const described = [hint !== undefined && `${id}-hint`, wrong !== undefined && `${id}-wrong`]
    .filter(Boolean)
    .join(' ');
  const shared = {
    id,
    name,
    class: 'input',
    'aria-invalid': wrong === undefined ? undefined : ('true' as const),
    'aria-describedby': described === '' ? undefined : described,
    required: props.required,
    onInput: (event: TargetedEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) =>
      props.onInput?.(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label for={id}>
        {label} {optional && <span class="muted">({texts.optional})</span>}
      </label>
      {choices !== undefined ? (
        <select {...shared}>
          {choices.map(([value, text]) => (
            <option key={value} value={value} selected={value === props.value}>
              {text}
            </option>
          ))}
        </select>
      ) : rows !== undefined ? (
        <textarea {...shared} rows={rows} placeholder={props.placeholder} defaultValue={props.value} />
      ) : (
        <input
          {...shared}
          // The types of inputs are told apart by it, and this is one of several.
          type={(props.type ?? 'text') as 'text'}
          // Some browsers take `off` to be meant of suggestions too.
          autocomplete={props.autocomplete ?? (suggestions ? undefined : 'off')}
          defaultValue={props.value}
          minLength={props.minLength}
          pattern={props.pattern}
          placeholder={props.placeholder}
          list={suggestions && `${id}-suggestions`}
          ref={(input) => void (props.autoFocus === true && input?.dataset.focused === undefined && focusOnce(input))}
        />
      )}
      {suggestions && (
        <datalist id={`${id}-suggestions`}>
          {suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      {hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong !== undefined && (
        <span class="wrong" id={`${id}-wrong`}>
          <Icon name="alert" size={14} /> {wrong}
        </span>
      )}
    </div>
  );
}

function focusOnce(input: HTMLInputElement | null | undefined): void {
  if (!input) return;
  input.dataset.focused = '';
  queueMicrotask(() => input.focus());
}
