// Binaries and their `securityContext`: the vectors that describe whole requests are run as decisions of the engine, with the
// vector's store as what the host fetched.
const kField = { via: 'when.via', header: 'when.header', submitted: 'when.submitted' };

/** The part of a vector that no decision of the engine answers, if any. */
export function fieldOfBinary({ op, when }) {
  if (op !== 'binary.read') return undefined;
  const name = Object.keys(kField).find((one) => when[one] !== undefined);
  return name && kField[name];
}

export function binaryOperations({ judge, withCompiled }) {
  const read = (engine, vector, expected) => {
    const { given, when } = vector;
    if (fieldOfBinary(vector)) return { verdict: 'none', detail: '' };
    const compile = () =>
      engine.compilePolicy({ policies: given.accessPolicy, options: { resolve: true } });
    const wanted = { ...expected, error: undefined }; // an error is the server's answer to a denial here
    const { allowed } = wanted;
    return withCompiled(compile, wanted, (compiled) => {
      if (!given.binary) return judge({ allowed: compiled.can(when.interaction, 'Binary') }, { allowed });
      const resolved = Object.fromEntries(
        (given.store ?? []).map((resource) => [`${resource.resourceType}/${resource.id}`, resource]),
      );
      const interaction = when.versionId ? 'vread' : 'read';
      const binary = { ...given.binary, ...given.version };
      const decision = compiled.decide(interaction, binary, { resolved });
      return judge({ allowed: decision.allowed }, { allowed });
    });
  };
  return { 'binary.read': read };
}
