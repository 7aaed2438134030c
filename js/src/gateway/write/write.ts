// Writes.
import { type Interact, Refusal } from '../exchange.js';

export const create: Interact = () =>
  Promise.reject(new Refusal(403, 'not-supported', 'this gateway reads only', 'read-only'));
export const update: Interact = () =>
  Promise.reject(new Refusal(403, 'not-supported', 'this gateway reads only', 'read-only'));
export const patch: Interact = () =>
  Promise.reject(new Refusal(403, 'not-supported', 'this gateway reads only', 'read-only'));
export const remove: Interact = () =>
  Promise.reject(new Refusal(403, 'not-supported', 'this gateway reads only', 'read-only'));
