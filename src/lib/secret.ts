import { inspect } from 'node:util';

/** A value that cannot print: JSON, string conversion and inspection all say `[secret]`. Read it with `reveal()` where it is used, nowhere else. */
export class Secret<T> {
  readonly #value: T;
  constructor(value: T) {
    this.#value = value;
  }
  reveal(): T {
    return this.#value;
  }
  toJSON(): string {
    return '[secret]';
  }
  toString(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
