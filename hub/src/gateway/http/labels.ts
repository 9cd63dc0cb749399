// Label filters: `name` asks for the label, `name=value` for its value; all of them must hold.

export function labelsMatch(labels: Readonly<Record<string, string>> | undefined, filters: readonly string[]): boolean {
  return filters.every((filter) => {
    const equals = filter.indexOf('=');
    if (equals < 0) return labels !== undefined && Object.hasOwn(labels, filter);
    const name = filter.slice(0, equals);
    return labels !== undefined && Object.hasOwn(labels, name) && labels[name] === filter.slice(equals + 1);
  });
}
