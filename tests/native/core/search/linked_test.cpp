#include "tests/native/core/search/linked_support.hpp"

// Chains and `_has` on fetched resources (SPEC 5.8).
namespace fhirwall::search::test {
namespace {

constexpr const char* kObservation =
    R"({"resourceType":"Observation","id":"o1","status":"final",)"
    R"("subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/e1"}})";

// A small hospital, by reference.
constexpr const char* kStore = R"({
  "Patient/p1": {"resourceType":"Patient","id":"p1","active":true,
    "name":[{"family":"Chalmers","given":["Peter"]}],
    "managingOrganization":{"reference":"Organization/g1"},
    "generalPractitioner":[{"reference":"Practitioner/d1"}]},
  "Patient/p2": {"resourceType":"Patient","id":"p2","name":[{"family":"Other"}]},
  "Group/p1": {"resourceType":"Group","id":"p1","type":"person","actual":true},
  "Organization/g1": {"resourceType":"Organization","id":"g1","name":"Acme",
    "partOf":{"reference":"Organization/g2"}},
  "Organization/g2": {"resourceType":"Organization","id":"g2","name":"Holding",
    "partOf":{"reference":"Organization/g1"}},
  "Encounter/e1": {"resourceType":"Encounter","id":"e1","status":"finished",
    "subject":{"reference":"Patient/p1"}},
  "Practitioner/d1": {"resourceType":"Practitioner","id":"d1","name":[{"family":"House"}]}
})";

TEST(Linked, ChainsFollowReferences) {
  struct Case {
    const char* query;
    const char* expected;
  };
  const Case cases[] = {
      {"subject:Patient.name=peter", "yes"},
      {"subject.name=peter", "yes"},
      {"subject:Patient.name=other", "no"},
      {"subject:Patient.name=x,peter", "yes"},
      {"subject:Patient.name:exact=Peter", "yes"},
      {"subject:Patient.name:exact=peter", "no"},
      {"subject.family:contains=halm", "yes"},
      {"subject:Patient.active=true", "yes"},
      {"subject:Patient.active:not=true", "no"},
      {"subject:Patient.active:not=false", "yes"},
      {"subject:Patient.gender:missing=true", "yes"},
      {"subject:Patient.gender:missing=false", "no"},
      {"subject:Patient._id=p1", "yes"},
      {"subject:Patient._id=p2", "no"},
      {"subject:Patient.organization=Organization/g1", "yes"},
      // a type that the reference does not lead to
      {"subject:Group.actual=true", "no"},
      {"subject:Device._id=p1", "no"},
      // two and three links
      {"subject:Patient.organization.name=acme", "yes"},
      {"subject:Patient.organization:Organization.name=acme", "yes"},
      {"subject.organization.name=holding", "no"},
      {"subject:Patient.organization.partof.name=holding", "yes"},
      {"encounter.subject:Patient.organization.name=acme", "yes"},
      {"encounter.patient.general-practitioner:Practitioner.family=house", "yes"},
      {"encounter.patient.general-practitioner:Practitioner.family=wilson", "no"},
      // beside others
      {"status=final&subject:Patient.name=peter", "yes"},
      {"status=amended&subject:Patient.name=peter", "no"},
      {"subject:Patient.name=peter&subject:Patient.name=other", "no"},
      // form decoding
      {"subject%3APatient%2Ename=peter", "yes"},
      {"subject:Patient.name=pe%74er", "yes"},
  };
  for (const Case& one : cases) {
    Linking linking(std::string("Observation?") + one.query);
    EXPECT_EQ(linking.match(kObservation), "no") << "nothing fetched: " << one.query;
    linking.fetch(kStore);
    EXPECT_EQ(linking.match(kObservation), one.expected) << one.query;
  }
}

TEST(Linked, WhatTheReferenceSays) {
  struct Case {
    const char* subject;
    const char* expected;
  };
  const Case cases[] = {
      {R"({"reference":"Patient/p1"})", "yes"},
      {R"({"reference":"Patient\/p1"})", "yes"},
      {R"({"reference":"Patient/p1/_history/2"})", "yes"},  // the current version stands for it
      {R"({"reference":"https://ehr/Patient/p1"})", "yes"},
      {R"({"reference":"https://other/Patient/p1"})", "no"},
      {R"({"reference":"Patient/p2"})", "no"},
      {R"({"reference":"Patient/P1"})", "no"},
      {R"({"reference":"Patient/unknown"})", "no"},
      {R"({"reference":"Patient?_id=p1"})", "no"},
      {R"({"reference":"urn:uuid:p1"})", "no"},
      {R"({"reference":"p1"})", "no"},
      {R"({"reference":"#p1"})", "no"},
      {R"({"reference":5})", "no"},
      {R"({"reference":null})", "no"},
      {R"({"reference":["Patient/p1"]})", "no"},
      {R"({"type":"Patient","identifier":{"value":"p1"}})", "no"},
      {R"({"display":"Peter"})", "no"},
      {R"("Patient/p1")", "no"},
      {R"([{"reference":"Patient/p1"}])", "no"},
  };
  for (const Case& one : cases) {
    Linking linking("Observation?subject:Patient.name=peter",
                    {.bindings = {}, .base_urls = {"https://ehr"}, .purpose = Purpose::kRead});
    linking.fetch(kStore);
    EXPECT_EQ(linking.match(std::string(R"({"resourceType":"Observation","subject":)") +
                            one.subject + "}"),
              one.expected)
        << one.subject;
  }
}

TEST(Linked, SomeOfSeveralTargetsIsEnough) {
  Linking linking("Encounter?participant:Practitioner.family=house");
  linking.fetch(kStore);
  const auto encounter = [](const std::string& individuals) {
    return R"({"resourceType":"Encounter","participant":[)" + individuals + "]}";
  };
  const std::string house = R"({"individual":{"reference":"Practitioner/d1"}})";
  const std::string nobody = R"({"individual":{"reference":"Practitioner/d9"}})";
  EXPECT_EQ(linking.match(encounter(nobody + "," + house)), "yes");
  EXPECT_EQ(linking.match(encounter(house + "," + nobody)), "yes");
  EXPECT_EQ(linking.match(encounter(nobody)), "no");
  EXPECT_EQ(linking.match(encounter("")), "no");
}

// A contained resource is a part of its container: it is at hand.
TEST(Linked, ContainedTargets) {
  const auto observation = [](const std::string& contained, const std::string& reference) {
    return R"({"resourceType":"Observation","contained":[)" + contained +
           R"(],"subject":{"reference":")" + reference + "\"}}";
  };
  const std::string peter = R"({"resourceType":"Patient","id":"c","name":[{"family":"Peter"}],)"
                            R"("managingOrganization":{"reference":"Organization/g1"}})";
  Linking name("Observation?subject:Patient.name=peter");
  EXPECT_EQ(name.match(observation(peter, "#c")), "yes");
  EXPECT_EQ(name.match(observation(peter, "#d")), "no");
  EXPECT_EQ(name.match(observation(peter, "Patient/c")), "no");
  EXPECT_EQ(name.match(observation(peter + "," + peter, "#c")), "no") << "which one?";
  EXPECT_EQ(name.needs(observation(peter, "#c")), "");
  Linking group("Observation?subject:Group.code=x");
  EXPECT_EQ(group.match(observation(peter, "#c")), "no");
  Linking deep("Observation?subject:Patient.organization.name=acme");
  EXPECT_EQ(deep.needs(observation(peter, "#c")), "Organization/g1");
  deep.fetch(kStore);
  EXPECT_EQ(deep.match(observation(peter, "#c")), "yes");
  // Its id names no resource, so that nothing can lead to it.
  Linking has("Observation?subject:Patient._has:Consent:patient:status=active");
  has.fetch(R"({"Consent/1":{"resourceType":"Consent","id":"1","status":"active",)"
            R"("patient":{"reference":"Patient/c"}}})");
  EXPECT_EQ(has.match(observation(peter, "#c")), "no");
  EXPECT_EQ(has.needs(observation(peter, "#c")), "");
}

TEST(Linked, HasLooksForWhatLeadsHere) {
  constexpr const char* kFetched = R"({
    "Observation?patient=Patient/p1": {"resourceType":"Bundle","type":"searchset","entry":[
      {"resource":{"resourceType":"Observation","id":"1","status":"final",
        "code":{"coding":[{"system":"http://loinc.org","code":"1234-5"}]},
        "subject":{"reference":"Patient/p1"},"encounter":{"reference":"Encounter/e1"}}},
      {"resource":{"resourceType":"Observation","id":"2","status":"amended",
        "code":{"coding":[{"code":"9999-9"}]},"subject":{"reference":"Patient/p2"}}},
      {"resource":{"resourceType":"Observation","status":"registered",
        "subject":{"reference":"Patient/p1"}}},
      {"fullUrl":"urn:x"}, 5]},
    "Encounter/e1": {"resourceType":"Encounter","id":"e1","status":"finished"},
    "AuditEvent?entity=Observation/1": {"resourceType":"Bundle","entry":[
      {"resource":{"resourceType":"AuditEvent","id":"a","action":"R",
        "entity":[{"what":{"reference":"Observation/1/_history/4"}}]}}]}
  })";
  struct Case {
    const char* query;
    const char* expected;
  };
  const Case cases[] = {
      {"_has:Observation:patient:code=1234-5", "yes"},
      {"_has:Observation:patient:code=http://loinc.org|1234-5", "yes"},
      {"_has:Observation:patient:code=9999-9", "no"},  // of another patient
      {"_has:Observation:subject:code=1234-5", "yes"},
      {"_has:Observation:patient:code:not=1234-5", "no"},
      {"_has:Observation:patient:code:missing=true", "no"},  // the one without id is none
      {"_has:Observation:patient:status=final", "yes"},
      {"_has:Observation:patient:status=amended", "no"},
      {"_has:Observation:patient:status=registered", "no"},
      {"_has:Observation:performer:status=final", "no"},
      {"_has:Observation:patient:encounter.status=finished", "yes"},
      {"_has:Observation:patient:encounter.status=planned", "no"},
      {"_has:Observation:patient:_has:AuditEvent:entity:action=R", "yes"},
      {"_has:Observation:patient:_has:AuditEvent:entity:action=C", "no"},
      {"_has:Encounter:patient:status=finished", "no"},
  };
  constexpr const char* kPatient = R"({"resourceType":"Patient","id":"p1"})";
  for (const Case& one : cases) {
    Linking linking(std::string("Patient?") + one.query);
    EXPECT_EQ(linking.match(kPatient), "no") << "nothing fetched: " << one.query;
    linking.fetch(kFetched);
    EXPECT_EQ(linking.match(kPatient), one.expected) << one.query;
    EXPECT_EQ(linking.match(R"({"resourceType":"Patient","id":"p9"})"), "no") << one.query;
    EXPECT_EQ(linking.match(R"({"resourceType":"Patient"})"), "no") << one.query;
    EXPECT_EQ(linking.match(R"({"resourceType":"Patient","id":5})"), "no") << one.query;
  }
}

TEST(Linked, ChainsIntoHas) {
  Linking linking("Observation?subject:Patient._has:Consent:patient:status=active");
  EXPECT_EQ(linking.needs(kObservation), "Patient/p1");
  linking.fetch(kStore);
  EXPECT_EQ(linking.needs(kObservation), "Consent?patient=Patient/p1");
  EXPECT_EQ(linking.match(kObservation), "no");
  std::string store = kStore;
  store.insert(store.rfind('}'),
               R"(,"Consent?patient=Patient/p1":{"resourceType":"Bundle","entry":[{"resource":)"
               R"({"resourceType":"Consent","id":"c","status":"active",)"
               R"("patient":{"reference":"Patient/p1"}}}]})");
  linking.fetch(store);
  EXPECT_EQ(linking.needs(kObservation), "");
  EXPECT_EQ(linking.match(kObservation), "yes");
}

TEST(Linked, ReferencesGoOneStepDeeperEachTime) {
  Linking linking(
      "Observation?subject:Patient.organization.partof.name=holding&encounter.status=finished"
      "&subject.name=peter");
  EXPECT_EQ(linking.needs(kObservation), "Patient/p1 Encounter/e1");
  linking.fetch(R"({"Patient/p1":{"resourceType":"Patient","id":"p1",)"
                R"("managingOrganization":{"reference":"Organization/g1"}},"Encounter/e1":null})");
  EXPECT_EQ(linking.needs(kObservation), "Organization/g1") << "null was an answer";
  linking.fetch(R"({"Patient/p1":{"resourceType":"Patient","id":"p1",)"
                R"("managingOrganization":{"reference":"Organization/g1"}},"Encounter/e1":null,)"
                R"("Organization/g1":{"resourceType":"Organization","id":"g1",)"
                R"("partOf":{"reference":"Organization/g1"}}})");
  EXPECT_EQ(linking.needs(kObservation), "") << "a cycle asks for nothing new";
  EXPECT_EQ(linking.needs(R"({"resourceType":"Patient"})"), "") << "another type";
  Linking has("Patient?_has:Observation:patient:_has:AuditEvent:entity:action=R");
  EXPECT_EQ(has.needs(R"({"resourceType":"Patient","id":"p1"})"), "Observation?patient=Patient/p1");
  EXPECT_EQ(has.needs(R"({"resourceType":"Patient"})"), "");
  has.fetch(R"({"Observation?patient=Patient/p1":{"resourceType":"Bundle","entry":[{"resource":)"
            R"({"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"}}},)"
            R"({"resource":{"resourceType":"Observation","id":"2",)"
            R"("subject":{"reference":"Patient/p2"}}}]}})");
  EXPECT_EQ(has.needs(R"({"resourceType":"Patient","id":"p1"})"),
            "AuditEvent?entity=Observation/1");
}

// SPEC P8: who writes a resource does not make the host fetch without end.
TEST(Linked, TooManyAreNotAskedFor) {
  const auto with = [](int count) {
    std::string text = R"({"resourceType":"Observation","performer":[)";
    for (int i = 0; i < count; ++i) {
      text.append(i == 0 ? "" : ",").append(R"({"reference":"Patient/)");
      text.append(std::to_string(i)).append("\"}");
    }
    return text.append("]}");
  };
  Linking linking("Observation?performer:Patient.name=peter");
  for (const int count : {5000, 5001}) {
    const Resource resource(with(count));
    std::vector<std::string> out;
    const Error error = references(*linking.compiled, linking.subject(resource), linking.limits,
                                   linking.scratch, out);
    EXPECT_EQ(error.code == ErrorCode::kExpressionTooComplex, count > 5000) << count;
    EXPECT_EQ(out.size(), static_cast<std::size_t>(count));
  }
}

TEST(Linked, OnlyWhatACriterionAsksForIsNeeded) {
  Linking typed("Observation?subject:Patient.name=peter");
  EXPECT_EQ(typed.needs(R"({"resourceType":"Observation","subject":{"reference":"Group/1"}})"), "");
  Linking plain("Observation?subject=Patient/p1");
  EXPECT_EQ(plain.needs(kObservation), "");
  EXPECT_FALSE(reads_references(*plain.compiled));
  EXPECT_TRUE(reads_references(*typed.compiled));
}

// An answer that is not what was asked for is none.
TEST(Linked, WrongAnswers) {
  const char* const answers[] = {
      R"({"Patient/p1":{"resourceType":"Patient","id":"p2","name":[{"family":"peter"}]}})",
      R"({"Patient/p2":{"resourceType":"Patient","id":"p1","name":[{"family":"peter"}]}})",
      R"({"Patient/p1":{"resourceType":"Person","id":"p1","name":[{"family":"peter"}]}})",
      R"({"Patient/p1":{"resourceType":"Patient","name":[{"family":"peter"}]}})",
      R"({"Patient/p1":{"id":"p1","name":[{"family":"peter"}]}})",
      R"({"Patient/p1":[{"resourceType":"Patient","id":"p1","name":[{"family":"peter"}]}]})",
      R"({"Patient/p1":"peter"})",
      R"({"Patient/p1":{"resourceType":"Patient","id":"p1","name":[{"text":"peter"}],"meta":{"tag":[{"code":"SUBSETTED"}]}}})",
      R"({"X":{"Patient/p1":{"resourceType":"Patient","id":"p1","name":[{"family":"peter"}]}}})",
      R"({})",
  };
  for (const char* const answer : answers) {
    Linking linking("Observation?subject:Patient.name=peter");
    linking.fetch(answer);
    EXPECT_EQ(linking.match(kObservation), "no") << answer;
  }
}

// SPEC P8: what is looked at elsewhere is bounded for a decision as a whole.
TEST(Linked, WorkIsBounded) {
  std::string store = R"({"Observation?patient=Patient/p1":{"resourceType":"Bundle","entry":[)";
  for (int i = 0; i < 200; ++i) {
    store += std::string(i == 0 ? "" : ",") +
             R"({"resource":{"resourceType":"Observation","id":")" + std::to_string(i) +
             R"(","status":"final","subject":{"reference":"Patient/p1"}}})";
  }
  store += "]}}";
  constexpr const char* kPatient = R"({"resourceType":"Patient","id":"p1"})";
  Limits few;
  few.max_evaluation_steps = 100;
  Linking bounded("Patient?_has:Observation:patient:status=amended", {}, few);
  bounded.fetch(store);
  EXPECT_EQ(bounded.match(kPatient), "expression-too-complex");
  Limits enough;
  enough.max_evaluation_steps = 1000;
  Linking all("Patient?_has:Observation:patient:status=amended", {}, enough);
  all.fetch(store);
  EXPECT_EQ(all.match(kPatient), "no");
  EXPECT_EQ(all.match(kPatient), "no") << "each decision has its own steps";
}

// The memory of a match is used again by the matches that it nests.
TEST(Linked, NestedMatchesDoNotDisturbTheirOuterOne) {
  Linking linking(
      "Encounter?participant:Practitioner.name=nobody,house&status=finished,planned"
      "&participant=Practitioner/d9");
  linking.fetch(kStore);
  EXPECT_EQ(linking.match(R"({"resourceType":"Encounter","status":"planned","participant":[)"
                          R"({"individual":{"reference":"Practitioner/d8"}},)"
                          R"({"individual":{"reference":"Practitioner/d1"}},)"
                          R"({"individual":{"reference":"Practitioner/d9"}}]})"),
            "yes");
}

// SPEC 10.4: a Binary lies in the compartments of its context.
TEST(Linked, CompartmentOfABinary) {
  constexpr const char* kFetched = R"({
    "Patient/p1": {"resourceType":"Patient","id":"p1"},
    "DocumentReference/d": {"resourceType":"DocumentReference","id":"d",
      "subject":{"reference":"Patient/p1"}},
    "Binary/b": {"resourceType":"Binary","id":"b","securityContext":{"reference":"Patient/p1"}},
    "Binary/loop": {"resourceType":"Binary","id":"loop",
      "securityContext":{"reference":"Binary/loop"}}
  })";
  struct Case {
    const char* context;
    const char* expected;
    const char* negated;
  };
  const Case cases[] = {
      {R"({"reference":"Patient/p1"})", "yes", "no"},
      {R"({"reference":"DocumentReference/d"})", "yes", "no"},
      {R"({"reference":"Binary/b"})", "yes", "no"},
      {R"({"reference":"Patient/p2"})", "no", "no"},
      {R"({"reference":"Binary/loop"})", "no", "no"},
      {R"({"reference":"#p1"})", "no", "no"},
      {R"({})", "no", "no"},
      {R"("Patient/p1")", "no", "no"},
  };
  for (const Case& one : cases) {
    const std::string binary =
        std::string(R"({"resourceType":"Binary","id":"x","securityContext":)") + one.context + "}";
    for (const char* const type : {"Binary", "*"}) {
      Linking linking(std::string(type) + "?_compartment=Patient/p1");
      EXPECT_EQ(linking.match(binary), "no") << "nothing fetched: " << one.context;
      linking.fetch(kFetched);
      EXPECT_EQ(linking.match(binary), one.expected) << type << " " << one.context;
      Linking negated(std::string(type) + "?_compartment:not=Patient/p1");
      negated.fetch(kFetched);
      EXPECT_EQ(negated.match(binary), one.negated) << type << " " << one.context;
    }
  }
  Linking own("Binary?_compartment=Patient/p1");
  EXPECT_EQ(own.match(R"({"resourceType":"Binary","id":"x",)"
                      R"("meta":{"compartment":[{"reference":"Patient/p1"}]}})"),
            "yes");
}

}  // namespace
}  // namespace fhirwall::search::test
