/** What another process answered; each test judges the fields that it reads. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests are about
export type Json = any;
