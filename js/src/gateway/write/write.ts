// Writes of one resource (SPEC 9): checked on the stored version, then sent for that version only.
import { type Exchange, type Interact, Refusal } from '../exchange.js';
import { acceptsJson, notAcceptable } from '../headers.js';
import type { RequestCheck } from '../../types-request.js';
import { carryOut } from './answer.js';
import {
  prepareCreate,
  prepareDelete,
  preparePatch,
  type Prepared,
  prepareUpdate,
} from './prepare.js';

function targetOf({ resourceType, id }: RequestCheck): { type: string; id: string } {
  if (resourceType === null || id === null) {
    throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  }
  return { type: resourceType, id };
}

export const create: Interact = async (exchange, { resourceType }) => {
  if (resourceType === null) throw new Refusal(400, 'invalid', 'not canonical', 'not-canonical');
  return carryOut(exchange, await prepareCreate(exchange, resourceType), resourceType, null);
};

const changing =
  (prepare: (exchange: Exchange, type: string, id: string) => Promise<Prepared>): Interact =>
  async (exchange, check) => {
    if (!acceptsJson(exchange.request)) throw notAcceptable();
    const { type, id } = targetOf(check);
    return carryOut(exchange, await prepare(exchange, type, id), type, id);
  };

export const update: Interact = changing(prepareUpdate);
export const patch: Interact = changing(preparePatch);
export const remove: Interact = changing(prepareDelete);
