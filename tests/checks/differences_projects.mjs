// The cases of the README's differences for projects and on-behalf-of; see differences.test.mjs.
import assert from 'node:assert/strict';
import {
  can,
  input,
  membership,
  patient,
  refused,
  released,
  rule,
  withPolicy,
} from './policies.mjs';

const kProject = { reference: 'Project/p1' };
const member = (more = {}) => membership({ membership: { project: kProject, ...more } });
const inProject = (rules, more = {}) =>
  input(rules, { membership: member(), project: kProject, ...more });
const of = (project, more = {}) => patient({ meta: { project }, ...more });
const asAdmin = (more = {}) => inProject(rule(), { membership: member({ admin: true }), ...more });
const kSuper = { resourceType: 'Project', id: 'p1', superAdmin: true };

export const kProjectCases = {
  '10.1 everybody': () => {
    const options = { superAdminTypes: true };
    const document = asAdmin({ project: kSuper, options });
    assert.ok(released(document, of('p1')));
    assert.equal(released(document, of('p2')), undefined);
  },
  '10.1 linked': () => {
    assert.equal(released(inProject(rule()), of('r4')), undefined);
    const linkedProjects = [{ resourceType: 'Project', id: 'r4' }];
    assert.ok(released(inProject(rule(), { linkedProjects }), of('r4')));
  },
  '10.2 super': () => {
    assert.equal(can(asAdmin({ project: kSuper }), 'create', 'User'), false);
    const options = { superAdminTypes: true };
    assert.equal(can(asAdmin({ project: kSuper, options }), 'create', 'User'), true);
    const plain = inProject(rule(), { project: kSuper, options });
    assert.equal(can(plain, 'create', 'User'), false);
  },
  '10.2 order': () => {
    const linkedProjects = [{ resourceType: 'Project', id: 'p2' }];
    withPolicy(asAdmin({ linkedProjects }), ({ rules }) => {
      const projects = rules.filter(({ resourceType }) => resourceType === 'Project');
      assert.deepEqual(
        projects.map(({ criteria }) => criteria),
        ['Project?_id=p2', 'Project?_id=p1'],
      );
      assert.ok(projects[0].hiddenFields.length > projects[1].hiddenFields.length);
    });
  },
  '10.2 packages': () => assert.equal(can(asAdmin(), 'read', 'Package'), false),
  '10.3 target': () => {
    const target = (more) => ({ membership: member(more), project: kProject });
    const caller = { membership: member({ admin: true }) };
    const acting = (more) => inProject(rule(), { ...caller, onBehalfOf: target(more) });
    assert.equal(can(acting({}), 'read', 'Patient'), true);
    refused(acting({ active: false }), 'on-behalf-of');
    refused(acting({ project: { reference: 'Project/p2' } }), 'on-behalf-of');
    refused(inProject(rule(), { onBehalfOf: target({}) }), 'on-behalf-of');
    refused(inProject(rule(), { ...caller, onBehalfOf: {} }), 'on-behalf-of');
  },
  '10.3 addresses': () => {
    const policy = (id, value) => ({
      resourceType: 'AccessPolicy',
      id,
      resource: [rule()],
      ipAccessRule: [{ value, action: 'allow' }],
    });
    const document = {
      policies: [policy('p', '10.'), policy('q', '10.1.')],
      membership: member({ admin: true }),
      project: kProject,
      onBehalfOf: {
        membership: member({ access: [{ policy: { reference: 'AccessPolicy/q' } }] }),
        project: kProject,
      },
    };
    withPolicy(document, (compiled) => {
      assert.equal(compiled.checkIp('10.1.1.1').allowed, true);
      assert.equal(compiled.checkIp('10.2.1.1').allowed, false);
      assert.equal(compiled.checkIp('11.1.1.1').allowed, false);
    });
  },
};
