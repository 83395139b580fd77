/** A request that the provider refuses, with the status and text that its API gives. */
export class ProviderError extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.name = 'ProviderError';
    this.status = status;
  }
}

export const UNKNOWN_SWAP = (id: string) => new ProviderError(`could not find swap with id: ${id}`, 404);
