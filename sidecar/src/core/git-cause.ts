// Finds the cause in what git says when it fails: it also gives hints, warnings, progress and advice, often before the cause.

const NOISE =
  /^(?:hint|warning|advice):|^\s*$|^remote:\s*$|^(?:remote: )?(?:enumerating|counting|compressing|receiving|resolving|writing|unpacking|filtering|updating|total)\b.*\d|^please make sure you have the correct access rights|^and the repository exists\.|^warning: /i;
const CAUSE =
  /^(?:fatal|error|remote|ssh|batch response)\b|^\s*!|permission denied|could not|cannot|can't|denied|refused|timed out|failed/i;
const LINES_MAX = 12;

/** The lines that say why; all that there is when none does. */
export function causeIn(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trimEnd());
  const said = lines.filter((line) => !NOISE.test(line));
  const causes = said.filter((line) => CAUSE.test(line));
  const shown = [causes, said, lines].find((some) => some.length > 0) ?? [];
  return [...new Set(shown)].slice(0, LINES_MAX).join('\n').trim();
}
