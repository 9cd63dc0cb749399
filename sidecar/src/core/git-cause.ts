// Finds the cause in what git says when it fails: it also gives hints, warnings, progress and advice, often before the cause.

const NOISE =
  /^(?:hint|warning|advice):|^\s*$|^remote:\s*$|^(?:remote: )?(?:enumerating|counting|compressing|receiving|resolving|writing|unpacking|filtering|updating|total)\b.*\d|^please make sure you have the correct access rights|^and the repository exists\.|^warning: /i;
const CAUSE =
  /^(?:fatal|error|remote|ssh|batch response)\b|^\s*!|permission denied|could not|cannot|can't|denied|refused|timed out|fail(?:ed|ures?)\b/i;
/** What git itself says when ssh or a helper has said the cause before. */
const CONSEQUENCE = /could not read from remote repository|the remote end hung up|early eof/i;
const FIRST_LINES = 4;
const LAST_LINES = 8;

/** The lines that say why; all that there is when none does. Of many, the first and the last. */
export function causeIn(stderr: string): string {
  const { lines, said, causes } = partsOf(stderr);
  const isSaidElsewhere = causes.every((line) => CONSEQUENCE.test(line));
  const shown = [isSaidElsewhere ? said : causes, lines].find((some) => some.length > 0) ?? [];
  const distinct = [...new Set(shown)];
  const left = distinct.length - FIRST_LINES - LAST_LINES;
  const kept = left > 0 ? [...distinct.slice(0, FIRST_LINES), '…', ...distinct.slice(-LAST_LINES)] : distinct;
  return kept.join('\n').trim();
}

/** What a cause is looked for in: without the banner of a machine that was logged in to. */
export function errorsIn(stderr: string): string {
  const { causes } = partsOf(stderr);
  return causes.length === 0 ? stderr : causes.join('\n');
}

function partsOf(stderr: string) {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trimEnd());
  const said = lines.filter((line) => !NOISE.test(line));
  return { lines, said, causes: said.filter((line) => CAUSE.test(line)) };
}
