import type { Request } from 'express';

/** Names the link of the process that passes a call on. */
export const LINK_HEADER = 'x-sandbox-link';

/** Undefined: the call came from nobody's server. */
export function linkOf(request: Request): string | undefined {
  return request.get(LINK_HEADER);
}
