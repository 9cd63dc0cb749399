/** What stands one on a line, or with commas between. Pure. */
export function parted(text: string | undefined): string[] {
  return (text ?? '')
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter(Boolean);
}
