/**
 * Whether a page of `origin` is one of ours: an allowed origin, or the very host that was asked, by the protocol of one that is allowed.
 * @param origin the header `Origin`; pages of `file:` and sandboxed frames send the text `null`, which is nobody's
 */
export function isAllowedOrigin(origin: string, host: string | undefined, allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true;
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.host === host && allowed.some((one) => new URL(one).protocol === page.protocol);
}
