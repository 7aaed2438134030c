// What a JavaScript program does today: parse, ask @medplum/core about every entry, delete the hidden properties, stringify.
export function createPeer({ medplum, read, policy }) {
  for (const name of ['profiles-types', 'profiles-resources']) {
    medplum.indexStructureDefinitionBundle(read(`${name}.json`));
  }
  for (const name of ['search-parameters', 'search-parameters-medplum']) {
    medplum.indexSearchParameterBundle(read(`${name}.json`));
  }
  const visible = ({ resource }) => {
    const rule = medplum.satisfiedAccessPolicy(
      resource,
      medplum.AccessPolicyInteraction.READ,
      policy,
    );
    for (const field of rule?.hiddenFields ?? []) delete resource[field];
    return rule !== undefined;
  };
  return (bytes) => {
    const bundle = JSON.parse(new TextDecoder().decode(bytes));
    bundle.entry = bundle.entry.filter(visible);
    return new TextEncoder().encode(JSON.stringify(bundle));
  };
}
