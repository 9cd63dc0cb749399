// What happens to saved views.

export type SavedViewEvent =
  /** New, or changed: what is said now counts. */
  | {
      readonly type: 'view.saved';
      readonly view: string;
      readonly org: string;
      readonly owner: string;
      readonly name: string;
      readonly q?: string;
      readonly sort?: string;
      readonly cols?: string;
      readonly shared: boolean;
    }
  | { readonly type: 'view.deleted'; readonly view: string; readonly org: string };
