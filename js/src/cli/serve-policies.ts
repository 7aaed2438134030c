// Whose policy is which, for `fhirwall serve`: files that are read once, at the start.
import { PolicyCompileError } from '../errors.js';
import type { StaticPolicies, StoredMembership } from '../gateway/policies/sources.js';
import type { PolicyDocuments } from '../gateway/types.js';
import type { Engine } from '../types.js';
import { InputError, jsonFile, readDocuments } from './documents.js';

export interface SourceFlags {
  policy: string[];
  memberships?: string;
  match?: 'profile' | 'user' | 'externalId' | 'email';
}

async function membershipsOf(file: string): Promise<StoredMembership[]> {
  const { value } = await jsonFile(file);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  for (const one of all) {
    if ((one as { resourceType?: unknown } | null)?.resourceType !== 'ProjectMembership') {
      throw new InputError(`${file}: ProjectMembership, or an array of them, is expected`);
    }
  }
  return all as StoredMembership[];
}

/** The documents compile, as far as they do without a caller; a start that would answer everybody with 503 is refused. */
export async function policiesOf(flags: SourceFlags, engine: Engine): Promise<StaticPolicies> {
  const documents = await readDocuments({ policy: flags.policy });
  const { policies } = JSON.parse(documents.text) as PolicyDocuments;
  const memberships =
    flags.memberships === undefined ? undefined : await membershipsOf(flags.memberships);
  if (flags.match !== undefined && memberships === undefined) {
    throw new InputError('--match goes with --memberships');
  }

  // Compiled from the text, in which a repeated key is still seen.
  const compile = (more: object, where = '') => {
    const members = JSON.stringify({ launchPatient: 'Patient/0', ...more });
    try {
      engine.compilePolicy(`${documents.text.slice(0, -1)},${members.slice(1)}`).free();
    } catch (error) {
      if (!(error instanceof PolicyCompileError)) throw error;
      const issues = error.issues.map((issue) => ({ ...issue, ...documents.place(issue.path) }));
      throw new InputError(`the policy does not compile${where}`, issues);
    }
  };
  if (memberships === undefined) compile({ profile: 'Patient/0' });
  memberships?.forEach((membership, index) => {
    compile({ membership }, ` for membership ${index}`);
  });
  if (memberships === undefined) return { policies };
  return { policies, memberships, match: flags.match };
}
