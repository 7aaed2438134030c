// Binaries and their `securityContext`: the vectors that describe whole requests are run as decisions of the engine, with the
// vector's store as what the host fetched.
const kField = { via: 'when.via', header: 'when.header' };

/** The part of a vector that no decision of the engine answers, if any. */
export function fieldOfBinary({ op, when }) {
  if (op !== 'binary.read') return undefined;
  const name = Object.keys(kField).find((one) => when[one] !== undefined);
  return name && kField[name];
}

// SPEC 10.4: what is stored without a context can be changed only where that is allowed, and who names a context must be able to
// read it.
function update({ judge, withCompiled }, engine, { given, when }, expected) {
  const options = { resolve: true, binaryWithoutContext: 'allow' };
  return withCompiled(
    () => engine.compilePolicy({ policies: given.accessPolicy, options }),
    expected,
    (compiled) => {
      const { interaction, submitted: after } = when;
      const { reference } = after.securityContext;
      const [resourceType, id] = reference.split('/');
      const resolved = { [reference]: { resourceType, id } };
      const write = { interaction, before: given.binary, after };
      const { allowed, body } = compiled.checkWrite(write, { resolved });
      const { securityContext } = body ? JSON.parse(new TextDecoder().decode(body)) : {};
      return judge(
        { allowed, securityContext },
        { allowed: expected.allowed, securityContext: expected.stored?.securityContext },
      );
    },
  );
}

export function binaryOperations({ judge, withCompiled }) {
  const read = (engine, vector, expected) => {
    const { given, when } = vector;
    if (fieldOfBinary(vector)) return { verdict: 'none', detail: '' };
    if (when.submitted) return update({ judge, withCompiled }, engine, vector, expected);
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
