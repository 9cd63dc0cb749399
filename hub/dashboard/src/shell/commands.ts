// What the command bar offers for what somebody types. Pure.

export interface Command {
  readonly title: string;
  /** The keys that do the same. */
  readonly keys?: string;
  readonly run: () => void;
}

/** Those whose title has every word, where words may be cut short; the earlier the first one stands, the better. */
export function matching(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const placeOf = ({ title }: Command): number => {
    const places = words.map((word) => title.toLowerCase().indexOf(word));
    return places.includes(-1) ? -1 : (places[0] ?? 0);
  };
  return commands
    .map((command) => ({ command, place: placeOf(command) }))
    .filter(({ place }) => place >= 0)
    .toSorted((a, b) => a.place - b.place)
    .map(({ command }) => command);
}
