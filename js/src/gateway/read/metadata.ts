// What the gateway says of itself: a CapabilityStatement of its own, which holds nothing of the upstream's (LEAKS 71).
import type { Engine, Interaction, Policy } from '../../types.js';
import { guard } from '../guard.js';
import type { GatewayOptions } from '../types.js';
import { kResourceTypes } from './types.js';

const kInteractions: readonly [Interaction, string][] = [
  ['read', 'read'],
  ['vread', 'vread'],
  ['history', 'history-instance'],
  ['search', 'search-type'],
  ['create', 'create'],
  ['update', 'update'],
  ['delete', 'delete'],
];

const kKept = 50; // policies
const kSample: Readonly<Record<string, string>> = {
  number: '1',
  date: '2020',
  reference: '1',
  quantity: '1',
};

interface SearchParam {
  name: string;
  type: string;
}

function parametersOf(engine: Engine, policy: Policy, type: string, options: GatewayOptions) {
  const parameters: SearchParam[] = [];
  for (const { code, type: kind } of engine.searchParameters(type)) {
    if (kind === 'composite' || kind === 'special') continue; // samples of which would say nothing
    const url = `${type}?${code}=${kSample[kind] ?? 'a'}`;
    if (guard(policy, { method: 'GET', url }, options).allowed)
      parameters.push({ name: code, type: kind });
  }
  return parameters;
}

function resourcesOf(engine: Engine, policy: Policy, options: GatewayOptions): object[] {
  const resources: object[] = [];
  for (const type of kResourceTypes) {
    const granted = kInteractions.filter(([interaction]) => policy.can(interaction, type));
    if (granted.length === 0) continue;
    const interaction = granted
      .filter(([name]) => !(type === 'Binary' && name === 'search'))
      .flatMap(([name, code]) => (name === 'update' ? [{ code }, { code: 'patch' }] : [{ code }]));
    const searchParam =
      type !== 'Binary' && policy.can('search', type)
        ? parametersOf(engine, policy, type, options)
        : [];
    resources.push({ type, interaction, ...(searchParam.length > 0 ? { searchParam } : {}) });
  }
  return resources;
}

/** Makes statements; what depends on the policy alone is kept by its hash. */
export function capabilities(options: GatewayOptions) {
  const kept = new Map<string, object[]>();
  const started = new Date().toISOString();
  return (engine: Engine | undefined, policy: Policy | undefined): string => {
    let resource: object[] | undefined;
    if (engine !== undefined && policy !== undefined) {
      resource = kept.get(policy.hash);
      if (resource === undefined) {
        resource = resourcesOf(engine, policy, options);
        if (kept.size >= kKept) kept.delete(kept.keys().next().value as string);
        kept.set(policy.hash, resource);
      }
    }
    const smart = options.smartConfiguration !== undefined;
    return JSON.stringify({
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: started,
      kind: 'instance',
      software: { name: 'fhirwall' },
      implementation: { description: 'fhirwall' },
      fhirVersion: '4.0.1',
      format: ['json', 'application/fhir+json'],
      rest: [
        {
          mode: 'server',
          security: {
            service: [
              {
                coding: [
                  {
                    system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                    code: smart ? 'SMART-on-FHIR' : 'OAuth',
                  },
                ],
              },
            ],
          },
          ...(resource === undefined || resource.length === 0 ? {} : { resource }),
        },
      ],
    });
  };
}
