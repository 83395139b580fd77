import type { Request, Response } from 'express';
import type { Clock } from '../../src/lib/time.ts';
import type { Journal } from '../journal.ts';
import type { Fields } from './control-error.ts';
import { createServer } from 'node:http';
import express from 'express';
import { base32Id } from '../../src/lib/ids.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { pause } from '../../src/lib/time.ts';
import { openJournal } from '../journal.ts';
import { listen } from '../provider/listen.ts';
import { ControlError, bodyFields, maybeString, wantWhole } from './control-error.ts';

/** One call as it arrived; the body is raw text, so that signatures can be checked. */
export type Received = {
  readonly received_at: string;
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
};

/** What an inbox answers. */
export type Answer = { readonly status: number; readonly delayMs: number; readonly headers: { readonly [name: string]: string } };

type Line =
  | { readonly kind: 'inbox'; readonly id: string }
  | { readonly kind: 'received'; readonly id: string; readonly received: Received };

/** What an inbox holds. `next` answers are used up one per call, then `always` holds. */
type Inbox = { readonly received: Received[]; next: Answer[]; always: Answer };

const BODY_LIMIT = '256kb';
/** Enough for every test; older calls are forgotten. */
const KEPT_MAX = 10_000;
const DELAY_MAX_MS = 60_000;
const ANSWERS_MAX = 1_000;
const OK: Answer = { status: 200, delayMs: 0, headers: {} };

/** Webhook receivers on a port of their own. What arrived is kept across restarts, from before it is answered. */
export class Inboxes {
  readonly #journal: Journal<Line>;
  readonly #now: Clock;
  readonly #inboxes = new Map<string, Inbox>();

  private constructor(journal: Journal<Line>, now: Clock) {
    this.#journal = journal;
    this.#now = now;
    for (const line of journal.entries) {
      if (line.kind === 'inbox') this.#inboxes.set(line.id, emptyInbox());
      else this.#keep(line.id, line.received);
    }
  }

  static async open(path: string, now: Clock): Promise<Inboxes> {
    return new Inboxes(await openJournal<Line>(path), now);
  }

  async make(): Promise<string> {
    const id = base32Id('inb_', systemRandom(17));
    await this.#journal.append({ kind: 'inbox', id });
    this.#inboxes.set(id, emptyInbox());
    return id;
  }

  /** Oldest first. @throws ControlError when there is no such inbox */
  received(id: string): readonly Received[] {
    return this.#find(id).received;
  }

  /** One answer for every call from now on, or a list: one per call, then 200 again. @throws ControlError */
  setAnswers(id: string, body: unknown): void {
    const inbox = this.#find(id);
    if (Array.isArray(body)) {
      if (body.length > ANSWERS_MAX) throw new ControlError(400, `an inbox takes ${ANSWERS_MAX} answers at most`);
      inbox.next = body.map(parseAnswer);
      inbox.always = OK;
      return;
    }
    inbox.next = [];
    inbox.always = parseAnswer(body);
  }

  /** Serves `/<id>` and everything below it. */
  async serve(options: { host: string; port: number }): Promise<{ url: string; port: number; close(): Promise<void> }> {
    const app = express();
    app.disable('x-powered-by');
    app.set('etag', false);
    app.use(express.text({ type: () => true, limit: BODY_LIMIT }));
    app.all('/:id{/*rest}', async (request, response) => this.#receive(request, response));
    const listening = await listen(createServer(app), options);
    return {
      ...listening,
      close: async () => {
        await listening.close();
        await this.#journal.close();
      },
    };
  }

  async #receive(request: Request, response: Response): Promise<void> {
    const id = String(request.params['id']);
    const inbox = this.#inboxes.get(id);
    if (!inbox) return void response.status(404).json({ error: 'no such inbox' });
    const answer = inbox.next.shift() ?? inbox.always;
    const received: Received = {
      received_at: this.#now().toISOString(),
      method: request.method,
      path: request.originalUrl,
      headers: flatHeaders(request.headers),
      body: typeof request.body === 'string' ? request.body : '',
    };
    await this.#journal.append({ kind: 'received', id, received });
    this.#keep(id, received);
    if (answer.delayMs > 0) await pause(answer.delayMs);
    response.status(answer.status).set(answer.headers).end();
  }

  #keep(id: string, received: Received): void {
    const kept = this.#inboxes.get(id)?.received;
    kept?.push(received);
    if (kept && kept.length > KEPT_MAX) kept.shift();
  }

  #find(id: string): Inbox {
    const inbox = this.#inboxes.get(id);
    if (!inbox) throw new ControlError(404, 'no such inbox');
    return inbox;
  }
}

function emptyInbox(): Inbox {
  return { received: [], next: [], always: OK };
}

function parseAnswer(value: unknown): Answer {
  const fields = bodyFields(value);
  const location = maybeString(fields, 'location');
  return {
    status: fields['status'] === undefined ? 200 : wantWhole(fields, 'status', { min: 200, max: 599 }),
    delayMs: fields['delay_ms'] === undefined ? 0 : wantWhole(fields, 'delay_ms', { min: 0, max: DELAY_MAX_MS }),
    headers: { ...parseHeaders(fields), ...(location === null ? {} : { location }) },
  };
}

function parseHeaders(fields: Fields): { [name: string]: string } {
  const headers = bodyFields(fields['headers'] ?? undefined);
  return Object.fromEntries(Object.keys(headers).map((name) => [name, wantHeader(headers, name)]));
}

function wantHeader(headers: Fields, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string' || !/^[\w-]{1,100}$/.test(name) || /[^\t\x20-\x7e]/.test(value))
    throw new ControlError(400, `headers.${name} is not a header`);
  return value;
}

function flatHeaders(headers: Request['headers']): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}
