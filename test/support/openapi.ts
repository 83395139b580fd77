import type { ValidateFunction } from 'ajv/dist/2020.js';
import type { Json } from './json.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import { isErrorText } from '../../rest-adapter/openapi/errors.ts';

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Json };
export type OpenApiCheck = {
  /** The document as the server answers it. */
  readonly document: Json;
  /** What is wrong with an answer to this request, in words; null when it is as documented. */
  readonly faultOf: (method: string, path: string, answer: Answer) => string | null;
  /** Fails when an answer has another status, type or shape than the document says: also for a field that it does not mention. */
  readonly expectMatchesOpenApi: (method: string, path: string, answer: Answer) => void;
  /** Why `value` does not fit the schema at `pointer`, or null. */
  readonly misfit: (pointer: string, value: unknown) => string | null;
};

/** Fetches the document of a live server and holds answers to it. */
export async function openApiCheck(url: string): Promise<OpenApiCheck> {
  const reply = await fetch(`${url}/api/v1/openapi.json`);
  return checkAgainst(await reply.json());
}

export function checkAgainst(document: Json): OpenApiCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'strict', ...closed(document) });
  ajv.addSchema({ $id: 'as-it-is', ...document });
  const compiled = new Map<string, ValidateFunction>();
  const misfit = (pointer: string, value: unknown, which: 'strict' | 'as-it-is' = 'as-it-is') => {
    const key = `${which}#${pointer}`;
    const validate = compiled.get(key) ?? ajv.compile({ $ref: key });
    compiled.set(key, validate);
    return validate(value) ? null : ajv.errorsText(validate.errors);
  };
  const faultOf = (method: string, path: string, answer: Answer): string | null => {
    const place = pathOf(document, path);
    const responses = place === null ? null : document.paths[place]?.[method.toLowerCase()]?.responses;
    if (!responses) return `${method} ${path} is not documented`;
    const described = responses[answer.status];
    if (!described) return `${answer.status} is not documented: ${answer.text.slice(0, 200)}`;
    const type = Object.keys(described.content)[0] ?? '';
    if (!answer.headers.get('content-type')?.startsWith(type)) return `it is ${answer.headers.get('content-type')}, not ${type}`;
    if (type !== 'application/json') return null;
    const pointer = ['paths', place ?? '', method.toLowerCase(), 'responses', String(answer.status), 'content', type, 'schema'];
    if (answer.status >= 400) {
      const { code, error } = answer.body;
      if (!described.content[type].examples[code]) return `${answer.status} ${code} is not documented there: ${error}`;
      if (!isErrorText(code, error)) return `${code} is not documented in these words: ${error}`;
    }
    const wrong = misfit(pointer.map((part) => `/${escapePointer(part)}`).join(''), answer.body, 'strict');
    return wrong && `${answer.status} ${wrong}: ${answer.text.slice(0, 300)}`;
  };
  return {
    document,
    faultOf,
    misfit,
    expectMatchesOpenApi: (method, path, answer) => expect(faultOf(method, path, answer), `${method} ${path}`).toBeNull(),
  };
}

export function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The documented path that a request's path belongs to; one without parameters wins. */
function pathOf(document: Json, path: string): string | null {
  const [bare = ''] = path.split('?');
  if (document.paths[bare]) return bare;
  const fits = (pattern: string) => new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`).test(bare);
  return Object.keys(document.paths).find(fits) ?? null;
}

/** The same document in which no object has a field that is not described. */
function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const inside = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, closed(item)]));
  const isOpen = value.type === 'object' && typeof value.properties === 'object' && value.additionalProperties === undefined;
  return isOpen ? { ...inside, additionalProperties: false } : inside;
}
