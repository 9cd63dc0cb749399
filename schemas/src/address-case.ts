// Scheme and host of an address may be written in any case. Programs that read it as text, git among them, know the lower one only.

const ORIGIN = /(^|,)([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/@,]*@)?([^/?#,]*)/g;
/** The host may be an alias, where case counts. */
const KEEPS_HOST = new Set(['ssh://', 'file://']);

/** An address, or several with commas between, with scheme and host in lower case; anything else as it is. */
export function inUsualCase(text: string): string {
  return text.replace(ORIGIN, (_all, before: string, scheme: string, user: string | undefined, host: string) => {
    const usual = scheme.toLowerCase();
    return `${before}${usual}${user ?? ''}${KEEPS_HOST.has(usual) ? host : host.toLowerCase()}`;
  });
}
