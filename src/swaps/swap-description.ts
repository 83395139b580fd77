/** The provider's limit on `description` of POST /swap/reverse, in bytes of UTF-8. */
const DESCRIPTION_BYTES_MAX = 639;
/** Providers refuse control characters and those that change the writing direction: they could dress up what a payer reads. */
const UNWANTED = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** A description that any provider takes: unwanted characters become spaces, the rest is cut between characters. */
export function invoiceDescription(text: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of text.replace(UNWANTED, ' ').trim()) {
    bytes += Buffer.byteLength(character);
    if (bytes > DESCRIPTION_BYTES_MAX) break;
    kept += character;
  }
  return kept;
}
