import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { knownDocuments } from '../../src/known-documents.ts';

test('a document that was held against the limits is found by its text, with its one operation', () => {
  const documents = knownDocuments();
  const text = 'query Read { payment(id: "pmt_1") { ...Parts } } fragment Parts on Payment { id }';
  expect(documents.find(text)).toBeNull();
  const document = parse(text);
  documents.learn(document);
  expect(documents.find(text)?.document).toBe(document);
  expect(documents.find(text)?.operation.name?.value).toBe('Read');
  expect(documents.find(`${text} `)).toBeNull();
});

test('subscriptions, and texts that are longer than any of ours, are not kept', () => {
  const documents = knownDocuments();
  for (const text of ['subscription { checkout(paymentId: "pmt_1") { status } }', `{ wallet { id } } #${'x'.repeat(8_000)}`]) {
    documents.learn(parse(text));
    expect(documents.find(text)).toBeNull();
  }
});

test('beyond the bound the document is forgotten that was not asked for the longest', () => {
  const documents = knownDocuments(2);
  const [first, second, third] = ['{ a }', '{ b }', '{ c }'] as const;
  documents.learn(parse(first));
  documents.learn(parse(second));
  documents.find(first);
  documents.learn(parse(third));
  expect([first, second, third].map((text) => documents.find(text) !== null)).toEqual([true, false, true]);
});
