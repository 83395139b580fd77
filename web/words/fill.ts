/** Puts values in the place of `{names}`, in one pass: what stands in a value stays as it is. A name without a value stays too, for tests to find. */
export function fill(text: string, values: { readonly [name: string]: string }): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined) ?? whole);
}
