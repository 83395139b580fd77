/** One way to be refused, as the documentation prints it. `{…}` in a text stands for a value. */
export type ErrorRow = {
  readonly status: number;
  readonly error: string;
  readonly meaning: string;
  /** Other words that the same code comes with. */
  readonly also?: readonly string[];
  /** Stands in the table of documented errors, to the byte (conformance X-5). */
  readonly documented?: true;
};
export type ErrorRows = { readonly [code: string]: ErrorRow };
