// One part of the benchmark, and what it has to say.

/** A line of the table. `goal` is what is to be reached, in the same unit; `met` is absent without a goal. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly goal?: string;
  readonly met?: boolean;
}

export interface Outcome {
  readonly rows: readonly Row[];
  /** Goes into the JSON line under the part's own field. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Course {
  /** Smaller amounts: shows that everything works, measures nothing worth keeping. */
  readonly quick: boolean;
  readonly say: (text: string) => void;
  /** A built checkout to compare with, in the same run. */
  readonly before?: string;
  /** How long the heap of a tab is watched; one without it. */
  readonly minutes?: number;
}

export interface Part {
  readonly name: string;
  readonly about: string;
  /** Needs more than set-up brings, so it runs only when it is named. */
  readonly isByNameOnly?: true;
  run(course: Course): Promise<Outcome>;
}
