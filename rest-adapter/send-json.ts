import type { Response } from 'express';

/** Answers a JSON value, in the bytes of Express' `json`; without its looks at types and caches, of which these answers have none. */
export function sendJson(response: Response, status: number, value: object): void {
  const text = JSON.stringify(value);
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text)); // said by itself but where only the head is asked for
  response.end(text);
}
