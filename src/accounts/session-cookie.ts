/** Browsers keep a `__Host-` cookie to one host and to https; over plain http, which only a network without real money serves, they refuse it. */
const SECURE_NAME = '__Host-avopay';
const PLAIN_NAME = 'avopay';
/** 32 random bytes in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
/** No browser sends more for one host; the rest of a longer header is not looked at. */
const HEADER_CHARS_MAX = 8_192;

/** What the session's cookie is called. */
export function sessionCookieName(secure: boolean): string {
  return secure ? SECURE_NAME : PLAIN_NAME;
}

/** The session's token in a `Cookie` header; null when there is none, or more than one, which only somebody else's cookie can bring about. */
export function readSessionCookie(header: string | undefined, secure: boolean): string | null {
  const prefix = `${sessionCookieName(secure)}=`;
  if (!header?.includes(prefix)) return null; // programs send none
  const values = header
    .slice(0, HEADER_CHARS_MAX)
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix));
  const value = values[0]?.slice(prefix.length) ?? '';
  return values.length === 1 && TOKEN.test(value) ? value : null;
}

/** The `Set-Cookie` that gives a browser its session, or with null takes it away. Scripts cannot read it, other sites can only send it by a link. */
export function sessionCookie(session: { readonly token: string; readonly expiresAt: Date } | null, secure: boolean): string {
  const ends = session ? session.expiresAt : new Date(0);
  const rest = `Path=/; Expires=${ends.toUTCString()}; HttpOnly; SameSite=Lax`;
  return `${sessionCookieName(secure)}=${session?.token ?? ''}; ${rest}${secure ? '; Secure' : ''}`;
}
