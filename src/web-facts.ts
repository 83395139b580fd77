import type { IncomingMessage } from 'node:http';
import type { Answer, Web } from '../schema/context.ts';
import { readSessionCookie, sessionCookie, sessionCookieName } from './accounts/session-cookie.ts';
import { isAllowedOrigin } from './lib/web-origin.ts';

/** What a browser may say of itself in a header; more is cut off. */
const USER_AGENT_CHARS_MAX = 300;

export type WebDoor = {
  /** Of an HTTP request: ours is what carries `X-AvoPay-Request: 1` and an allowed `Origin` (conformance N-2). */
  readonly ofRequest: (request: IncomingMessage) => Web;
  /** Of a socket: a cookie counts only together with an allowed `Origin`, for no page can add a header here. */
  readonly ofSocket: (request: IncomingMessage) => Web;
  /** The `Set-Cookie` that an answer asks for, or null. */
  readonly cookieOf: (answer: Answer) => string | null;
  readonly cookieName: string;
};

export type WebDoorDeps = {
  /** The pages are served by https, as they are wherever real money is. */
  readonly secure: boolean;
  readonly allowedOrigins: readonly string[];
  readonly addressOf: (request: IncomingMessage) => string;
};

/** Reads and writes what belongs to browsers: cookies, and the signs that a page of ours is asking. */
export function webDoor({ secure, allowedOrigins, addressOf }: WebDoorDeps): WebDoor {
  const facts = (request: IncomingMessage) => {
    const { origin, host, cookie } = request.headers;
    return {
      session: readSessionCookie(cookie, secure),
      isOurPage: origin !== undefined && isAllowedOrigin(origin, host, allowedOrigins),
      ip: addressOf(request),
      userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_CHARS_MAX),
    };
  };
  return {
    cookieName: sessionCookieName(secure),
    ofRequest: (request) => {
      const { isOurPage, ...web } = facts(request);
      return { ...web, keepsCookies: true, isOurs: isOurPage && request.headers['x-avopay-request'] === '1' };
    },
    ofSocket: (request) => {
      const { isOurPage, session, ...web } = facts(request);
      return { ...web, keepsCookies: false, session: isOurPage ? session : null, isOurs: isOurPage };
    },
    cookieOf: ({ session }) => (session === undefined ? null : sessionCookie(session, secure)),
  };
}
