/** A control call that cannot be served, with its status and a plain sentence. */
export class ControlError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

export type Fields = { readonly [name: string]: unknown };

/** The JSON object of a body; an absent body is an empty one. */
export function bodyFields(body: unknown): Fields {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new ControlError(400, 'the body must be a JSON object');
  return { ...body };
}

export function wantString(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string' || value.length === 0) throw new ControlError(400, `${name} must be a text`);
  return value;
}

/** Absent and null are the same. */
export function maybeString(fields: Fields, name: string): string | null {
  return (fields[name] ?? null) === null ? null : wantString(fields, name);
}

export function wantWhole(fields: Fields, name: string, { min, max }: { min: number; max: number }): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new ControlError(400, `${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

export function maybeBoolean(fields: Fields, name: string, otherwise: boolean): boolean {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'boolean') throw new ControlError(400, `${name} must be true or false`);
  return value;
}
