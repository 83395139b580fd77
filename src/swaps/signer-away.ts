/**
 * The signer's process is not there now, or did not answer: it died, is being started again, or the server stops. Nothing was signed for
 * this caller; what was asked is asked again by the next look.
 */
export class SignerAway extends Error {
  constructor(why: string) {
    super(`the signer is away: ${why}`);
    this.name = 'SignerAway';
  }
}
