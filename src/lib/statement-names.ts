/**
 * Names for SQL texts, the same text by the same name: PostgreSQL then parses and plans it once per connection instead of each time.
 * Only the first `most` texts get one; each is remembered by every connection, and lists make texts without end. The others stay unnamed ('').
 */
export function statementNames(most: number): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= most) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
