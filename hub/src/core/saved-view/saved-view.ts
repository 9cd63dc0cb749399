// A view of the list of tasks under a name: of whoever saved it, or shared with the organisation.

export interface SavedView {
  readonly id: string;
  readonly org: string;
  /** Who saved it, as histories name it. */
  readonly by: string;
  readonly createdAt: number;
  readonly name: string;
  readonly q?: string;
  readonly sort?: string;
  readonly cols?: string;
  readonly shared: boolean;
}

export class SavedViews {
  /** By organisation and id, in the order in which they were saved. */
  readonly #orgs = new Map<string, Map<string, SavedView>>();

  of(org: string): readonly SavedView[] {
    return [...(this.#orgs.get(org)?.values() ?? [])];
  }

  *all(): Iterable<SavedView> {
    for (const views of this.#orgs.values()) yield* views.values();
  }

  get(org: string, id: string): SavedView | undefined {
    return this.#orgs.get(org)?.get(id);
  }

  put(view: SavedView): void {
    const views = this.#orgs.get(view.org) ?? new Map<string, SavedView>();
    this.#orgs.set(view.org, views);
    views.set(view.id, view);
  }

  delete(org: string, id: string): void {
    const views = this.#orgs.get(org);
    views?.delete(id);
    if (views?.size === 0) this.#orgs.delete(org);
  }

  /** Whoever saved them has gone; what is shared stays. */
  forget(org: string, by: string): void {
    for (const { id } of this.of(org).filter((view) => view.by === by && !view.shared)) this.delete(org, id);
  }
}

export function isSeenBy({ by, shared }: SavedView, who: string): boolean {
  return shared || by === who;
}

/** `ofAll`: who changes what is shared. */
export function mayChange(view: SavedView, who: string, ofAll: boolean): boolean {
  return view.shared ? ofAll : view.by === who;
}
