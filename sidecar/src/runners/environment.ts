// What an agent sees of the sidecar's environment: these names, and what the task adds. Never the key to the hub.

const PASSED_ON = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TERM', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR', 'TZ'] as const;

/** The environment of an agent: `own` over what is passed on of `from`. */
export function agentEnvironment(
  from: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = from[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...own };
}
