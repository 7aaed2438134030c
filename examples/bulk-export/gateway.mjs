// A gateway that lets through `$export`: its files are decided on line by line, as they stream.
import { createGateway, staticPolicies } from 'fhirwall/gateway';

// What the analysts get: no names, no addresses, no birth dates, and laboratory results only.
export const policy = {
  resourceType: 'AccessPolicy',
  resource: [
    {
      resourceType: 'Patient',
      interaction: ['read', 'search'],
      hiddenFields: ['identifier', 'name', 'telecom', 'address', 'birthDate', 'contact', 'photo'],
    },
    {
      resourceType: 'Observation',
      criteria: 'Observation?category=laboratory',
      interaction: ['read', 'search'],
      hiddenFields: ['note'],
    },
  ],
};

export const analyticsGateway = ({ upstream, auth, ...more }) =>
  createGateway({
    upstream,
    auth,
    policies: staticPolicies({ policies: policy }),
    operations: {
      $export: { result: 'none', methods: ['GET'] },
      'Patient/$export': { result: 'none', methods: ['GET'] },
    },
    ...more,
  });
