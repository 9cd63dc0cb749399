// Which shortcut the keys are that somebody presses: one, or `g` and then a letter. Pure.

export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** ms. */
  readonly timeStamp: number;
}

/** What begins two keys. */
const PREFIX = 'g';
const TOGETHER_MS = 1_500;

export class KeySequence {
  #prefixAt = Number.NEGATIVE_INFINITY;

  /** As shortcuts are written: `j`, `g t`, `mod+k`; undefined for what can be none, and for a beginning. */
  next({ key, ctrlKey, metaKey, altKey, timeStamp }: Press): string | undefined {
    const isSecond = timeStamp - this.#prefixAt <= TOGETHER_MS;
    this.#prefixAt = Number.NEGATIVE_INFINITY;
    if (altKey || ['Shift', 'Control', 'Meta', 'Alt'].includes(key)) return undefined;
    if (ctrlKey || metaKey) return `mod+${key.toLowerCase()}`;
    if (isSecond) return `${PREFIX} ${key}`;
    if (key !== PREFIX) return key;
    this.#prefixAt = timeStamp;
    return undefined;
  }
}
