// Whose policy is which, for `fhirwall serve`: files that are read once, at the start.
import { PolicyCompileError } from '../errors.js';
import type { PolicyDocuments, PolicySource, Principal } from '../gateway/types.js';
import type { Engine, PolicyInput } from '../types.js';
import { InputError, jsonFile, readDocuments } from './documents.js';

export interface SourceFlags {
  policy: string[];
  memberships?: string;
}

interface Membership {
  readonly externalId?: unknown;
  readonly profile?: { readonly reference?: unknown };
}

/** The one membership of a principal: by `profile`, which the token calls `fhirUser`; where it names none, by `externalId`, its `sub`. */
function membershipOf(all: readonly Membership[], { subject, profile }: Principal) {
  const found = all.filter((one) =>
    profile === undefined ? one.externalId === subject : one.profile?.reference === profile,
  );
  return found.length === 1 ? found[0] : undefined;
}

async function membershipsOf(file: string): Promise<Membership[]> {
  const { value } = await jsonFile(file);
  const all: unknown[] = Array.isArray(value) ? value : [value];
  for (const one of all) {
    if ((one as { resourceType?: unknown } | null)?.resourceType !== 'ProjectMembership') {
      throw new InputError(`${file}: ProjectMembership, or an array of them, is expected`);
    }
  }
  return all as Membership[];
}

/** The documents compile, as far as they do without a caller; a start that would answer everybody with 503 is refused. */
export async function policiesOf(flags: SourceFlags, engine: Engine): Promise<PolicySource> {
  const documents = await readDocuments({ policy: flags.policy });
  const { policies } = JSON.parse(documents.text) as PolicyDocuments;
  const memberships =
    flags.memberships === undefined ? undefined : await membershipsOf(flags.memberships);

  const compile = (input: PolicyInput | string, where = '') => {
    try {
      engine.compilePolicy(input).free();
    } catch (error) {
      if (!(error instanceof PolicyCompileError)) throw error;
      const issues = error.issues.map((issue) => ({ ...issue, ...documents.place(issue.path) }));
      throw new InputError(`the policy does not compile${where}`, issues);
    }
  };
  if (memberships === undefined) {
    const anybody = ',"profile":"Patient/0","launchPatient":"Patient/0"}';
    compile(documents.text.slice(0, -1) + anybody);
  }
  memberships?.forEach((membership, index) => {
    const input = { policies, membership, launchPatient: 'Patient/0' } as PolicyInput;
    compile(input, ` for membership ${index}`);
  });

  return {
    load(principal) {
      if (memberships === undefined) return Promise.resolve({ policies });
      const membership = membershipOf(memberships, principal) as PolicyDocuments['membership'];
      return Promise.resolve(membership ? { policies, membership } : undefined);
    },
  };
}
