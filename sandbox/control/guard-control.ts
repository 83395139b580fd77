import type { RequestHandler } from 'express';
import type { IncomingMessage } from 'node:http';
import { ControlError } from './control-error.ts';

/** Headers that only a proxy sets: behind one, "loopback" says nothing about the caller. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Who moves the sandbox's money and clock has no key: only callers on this machine may, unless the operator opened it. A web page of another
 * origin, which a browser on this machine would let through, is refused as well.
 */
export function guardControl(options: { isOpen: boolean }): RequestHandler {
  return (request, _response, next) => {
    const refused = mayControl(request, options);
    if (refused !== null) throw new ControlError(403, refused);
    next();
  };
}

/** Null: it may; otherwise why not. */
export function mayControl({ socket, headers }: IncomingMessage, { isOpen }: { isOpen: boolean }): string | null {
  const isLocal = isLoopback(socket.remoteAddress) && !PROXY_HEADERS.some((name) => headers[name] !== undefined);
  if (!isOpen && !isLocal) return 'the sandbox is controlled from its own machine only';
  const { origin, host } = headers;
  return origin !== undefined && URL.parse(origin)?.host !== host ? 'the sandbox is not controlled from other origins' : null;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (/^(?:::ffff:)?127\./.test(address) || address === '::1');
}
