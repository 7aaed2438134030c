// A FHIR R4 AuditEvent for each decision (SPEC 15.5): who, what, by which rule, and how it ended; no value.
import { plainRecord } from './log.js';
import { within } from './shared.js';
import type { DecisionRecord, GatewayOptions } from './types.js';

const kTimeout = 10_000; // milliseconds for the sink

const kActions: Readonly<Record<string, string>> = {
  ...{ create: 'C', read: 'R', vread: 'R', history: 'R' },
  ...{ update: 'U', delete: 'D', search: 'E' },
};

/** Codes of http://hl7.org/fhir/restful-interaction. */
function subtypeOf({ kind, interaction }: DecisionRecord): string | undefined {
  if (kind === 'metadata') return 'capabilities';
  if (kind === 'batch' || kind === 'operation') return kind;
  if (interaction === 'history') {
    return kind === 'instance' || kind === 'type' || kind === 'system'
      ? `history-${kind}`
      : 'history';
  }
  if (interaction === 'search') return kind === 'system' ? 'search-system' : 'search-type';
  return interaction ?? undefined;
}

/** 0 success, 4 refused or not found, 8 failed. */
const outcomeOf = (status: number) => (status < 400 ? '0' : status < 500 ? '4' : '8');

const detailsOf = (record: DecisionRecord) => {
  const { rule } = record;
  const details: [string, unknown][] = [
    ['reason', record.reason],
    ['status', record.status],
    ['would-be', record.wouldBe],
    ['mode', record.mode],
    ['policy', record.policy],
    ['rule', rule && (rule.source === '' ? rule.index : `${rule.source}#${rule.index}`)],
    ['released', record.released],
    ['refused', record.refused],
    ['query', record.query],
    ['trace', record.traceId],
  ];
  return details.flatMap(([type, value]) =>
    value === undefined || value === null || value === ''
      ? []
      : [{ type, valueString: `${value}` }],
  );
};

export function auditEvent(given: DecisionRecord, observer = 'fhirwall'): object {
  const record = plainRecord(given);
  const { resourceType, subject, instance, status } = record;
  const subtype = subtypeOf(record);
  const identified = instance ? { identifier: { value: instance } } : {};
  return {
    resourceType: 'AuditEvent',
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'RESTful Operation',
    },
    ...(subtype === undefined
      ? {}
      : { subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: subtype }] }),
    action: kActions[record.interaction ?? ''] ?? 'E',
    recorded: record.time,
    outcome: outcomeOf(status),
    agent: [{ ...(subject ? { who: { identifier: { value: subject } } } : {}), requestor: true }],
    source: { observer: { display: observer } },
    entity: [
      {
        ...(resourceType
          ? {
              what: { type: resourceType, ...identified },
              type: { system: 'http://hl7.org/fhir/resource-types', code: resourceType },
            }
          : {}),
        detail: detailsOf(record),
      },
    ],
  };
}

export interface Auditor<Env> {
  /** Never rejects. */
  (record: DecisionRecord, env: Env): Promise<void>;
  /** How often the sink failed. */
  readonly failures: number;
}

/** Undefined without `audit`. @throws TypeError a gateway with wrong options does not start */
export function auditor<Env>(options: GatewayOptions<Env>): Auditor<Env> | undefined {
  const { audit } = options;
  if (audit === undefined) return undefined;
  const { sink, observer } = audit;
  if (typeof sink !== 'function') throw new TypeError('`audit.sink` is a function');
  let failures = 0;
  const send = async (record: DecisionRecord, env: Env) => {
    try {
      const work = (async () => sink(auditEvent(record, observer), env))();
      await within(work, kTimeout);
    } catch {
      failures += 1;
    }
  };
  return Object.defineProperty(send, 'failures', { get: () => failures }) as Auditor<Env>;
}
