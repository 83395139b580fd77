import type { RequestHandler } from 'express';
import { ControlError } from './control-error.ts';

/** Headers that only a proxy sets: behind one, "loopback" says nothing about the caller. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/**
 * Who moves the sandbox's money and clock has no key: only callers on this machine may, unless the operator opened it. A web page of another
 * origin, which a browser on this machine would let through, is refused as well.
 */
export function guardControl(options: { isOpen: boolean }): RequestHandler {
  return (request, _response, next) => {
    const isLocal = isLoopback(request.socket.remoteAddress) && !PROXY_HEADERS.some((name) => request.headers[name] !== undefined);
    if (!options.isOpen && !isLocal) throw new ControlError(403, 'the sandbox is controlled from its own machine only');
    const origin = request.headers.origin;
    if (origin !== undefined && URL.parse(origin)?.host !== request.headers.host)
      throw new ControlError(403, 'the sandbox is not controlled from other origins');
    next();
  };
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && (/^(?:::ffff:)?127\./.test(address) || address === '::1');
}
