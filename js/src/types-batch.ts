// The shapes of answers to batches and transactions.
import type { Body, Interaction, Resolved } from './types.js';

/** What one entry of a batch asked for. */
export type EntryInteraction =
  | Interaction
  | {
      interaction: Interaction;
      /** Without it only an answer that holds a resource can be released, by that resource's own type. */
      resourceType?: string | null | undefined;
    };

/** The last argument of `redact('batch', ...)`: what was sent, in one of two ways. */
export interface BatchExtra extends Resolved {
  /**
   * The Bundle of type `batch` or `transaction` that was sent. `request.method` and `request.url` of each entry say what was asked; an
   * absolute URL counts below one of the policy's `baseUrls`.
   */
  request?: Body | null | undefined;
  /**
   * Or what each entry asked for, in order; `null` for an entry that is not to be released. A `history` counts as that of one
   * resource.
   */
  entryInteractions?: readonly (EntryInteraction | null)[] | null | undefined;
}
