// Of views of the list of tasks that somebody has saved.

export const viewTexts = {
  title: 'Saved views',
  short: 'Views',
  none: 'None yet. Filter the list, then save what you see.',
  save: 'Save this view…',
  manage: 'Manage views…',
  saveTitle: 'Save this view',
  manageTitle: 'Saved views',
  name: 'Name',
  shared: 'Who sees it',
  sharedWith: { no: 'Only you', yes: 'Everybody of the organisation' },
  all: 'All tasks',
  isShared: 'shared',
  submit: 'Save',
  saved: (name: string) => `Saved: ${name}.`,
  changed: (name: string) => `Changed: ${name}.`,
  deleted: (name: string) => `Deleted: ${name}.`,
  taken: (name: string, isShared: boolean) =>
    isShared ? `Everybody has a view called ${name} already.` : `You have a view called ${name} already.`,
  replace: 'Replace it',
  replaced: (name: string) => `Replaced: ${name}.`,
  delete: 'Delete',
  deleteOf: (name: string) => `Delete ${name}`,
  rename: 'Change',
  renameOf: (name: string) => `Change ${name}`,
} as const;
