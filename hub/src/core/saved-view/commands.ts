// What can be asked about saved views.

/** With `ofAll` the caller may share, and change what is shared. */
interface Asked {
  readonly org: string;
  readonly by: string;
  readonly ofAll: boolean;
}

interface Said {
  readonly name?: string;
  /** Empty for none. */
  readonly q?: string;
  readonly sort?: string;
  readonly cols?: string;
  readonly shared?: boolean;
}

export interface SavedViewCommands {
  'view.create': Asked & Said & { readonly name: string };
  'view.change': Asked & Said & { readonly view: string };
  'view.delete': Asked & { readonly view: string };
}

export interface SavedViewReplies {
  'view.create': { readonly view: string };
  'view.change': { readonly view: string };
  'view.delete': Record<never, never>;
}
