// Tabs: one at a time, chosen by pointer, by arrows, or by the address.

interface TabsProps<T extends string> {
  readonly tabs: readonly T[];
  readonly current: T;
  readonly nameOf: (tab: T) => string;
  /** Shown beside its name where it is not 0. */
  readonly countOf: (tab: T) => number;
  readonly onChoose: (tab: T) => void;
}

export function Tabs<T extends string>({ tabs, current, nameOf, countOf, onChoose }: TabsProps<T>) {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tab-list" role="tablist" onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`tab-${tab}`}
          class="tab"
          aria-selected={tab === current}
          aria-controls={tab === current ? `panel-${tab}` : undefined}
          tabIndex={tab === current ? 0 : -1}
          onClick={() => onChoose(tab)}
        >
          {nameOf(tab)}
          {countOf(tab) > 0 && <span class="tab-count">{countOf(tab)}</span>}
        </button>
      ))}
    </div>
  );
}
