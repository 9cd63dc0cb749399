// Waits for several things at once, as `Promise.all` does, but always for all of them: what still went on in a repository would find it
// changed or gone.

export async function allDone<T extends readonly unknown[]>(
  all: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(all);
  return Promise.all(all);
}
