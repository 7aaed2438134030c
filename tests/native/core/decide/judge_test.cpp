#include "core/decide/judge.hpp"

#include <memory>

#include "tests/native/core/decide/support.hpp"

namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::with_rules;
using redact::Nesting;

// A policy, one text and what the host fetched.
struct Judging {
  explicit Judging(std::string_view input, std::string_view fetched = {})
      : policy(must_compile(input)) {
    if (!fetched.empty()) {
      EXPECT_FALSE(resolved.load(fetched, Limits{})) << fetched;
      scratch.resolved = &resolved;
    }
  }

  // `cut`, or what the plan hides.
  std::string judge(std::string_view resource, Nesting nesting) {
    const policy::Padded text(resource);
    EXPECT_FALSE(parser.parse(text.view(), Limits{})) << resource;
    PolicyJudge judge(*policy, scratch);
    const redact::Plan* plan = judge.judge(parser.document(), 0, nesting);
    EXPECT_FALSE(judge.error());
    if (plan == nullptr) {
      return "cut";
    }
    std::string fields = "keep";
    for (const fhir::ElementPath& path : redact::hidden_elements(*plan)) {
      fields += ' ';
      fields += redact::path_text(path);
    }
    return fields;
  }

  bool reads(std::string_view type, std::string_view reference) {
    PolicyJudge judge(*policy, scratch);
    const fhir::TypeId id = fhir::find_resource_type(type);
    const bool first = judge.reads(id, reference);
    EXPECT_EQ(judge.reads(id, reference), first) << "asked again";
    EXPECT_FALSE(judge.error());
    return first;
  }

  bool open(std::string_view bundle) {
    const policy::Padded text(bundle);
    EXPECT_FALSE(parser.parse(text.view(), Limits{})) << bundle;
    Error error;
    const bool result = document_is_open(*policy, parser.document(), 0, scratch, error);
    EXPECT_FALSE(error);
    return result;
  }

  std::shared_ptr<const policy::CompiledPolicy> policy;
  fhir::Resolved resolved;
  Scratch scratch;
  json::Parser parser;
};

struct Case {
  std::string resource;
  std::string expected;
};

void expect_judged(std::string_view input, Nesting nesting, const std::vector<Case>& cases) {
  Judging judging(input);
  for (const Case& one : cases) {
    EXPECT_EQ(judging.judge(one.resource, nesting), one.expected) << input << one.resource;
  }
}

const std::vector<std::string_view> kNoResources = {R"(null)",
                                                    R"("Patient")",
                                                    R"([])",
                                                    R"({})",
                                                    R"({"id":"Patient"})",
                                                    R"({"resourceType":"Nope"})",
                                                    R"({"resourceType":["Patient"]})"};

// What is no resource of a known type is cut, whatever the rules say.
TEST(Judge, CutsWhatIsNoResource) {
  for (const std::string_view options :
       {"", R"(,"options":{"contained":"keep"})", R"(,"options":{"contained":"policy"})"}) {
    Judging judging(with_rules(R"({"resourceType":"*"})", options));
    for (const Nesting nesting :
         {Nesting::kContained, Nesting::kEntry, Nesting::kOutcome, Nesting::kOther}) {
      for (const std::string_view resource : kNoResources) {
        EXPECT_EQ(judging.judge(resource, nesting), "cut") << resource;
      }
    }
  }
}

const std::string kRules =
    R"({"resourceType":"Observation","hiddenFields":["note"]},
       {"resourceType":"Observation","interaction":[],"hiddenFields":["value[x]"]},
       {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
       {"resourceType":"Organization","interaction":["search"],"hiddenFields":["alias"]})";

// SPEC 7.4: part of its container.
TEST(Judge, Contained) {
  expect_judged(with_rules(kRules), Nesting::kContained,
                {
                    {R"({"resourceType":"Observation"})", "keep note value[x]"},
                    {R"({"resourceType":"Patient"})", "keep name"},  // criteria do not matter
                    {R"({"resourceType":"Organization"})", "keep alias"},
                    {R"({"resourceType":"Medication"})", "keep"},
                    {R"({"resourceType":"Practitioner"})", "cut"},
                    {R"({"resourceType":"PractitionerRole"})", "cut"},
                    {R"({"resourceType":"Person"})", "cut"},
                    {R"({"resourceType":"RelatedPerson"})", "cut"},
                });
  expect_judged(with_rules(kRules, R"(,"options":{"contained":"keep"})"), Nesting::kContained,
                {
                    {R"({"resourceType":"Observation"})", "keep note value[x]"},
                    {R"({"resourceType":"Practitioner"})", "keep"},
                });
  expect_judged(with_rules(kRules, R"(,"options":{"contained":"policy"})"), Nesting::kContained,
                {
                    {R"({"resourceType":"Observation"})", "keep note"},
                    {R"({"resourceType":"Patient"})", "cut"},
                    {R"({"resourceType":"Patient","active":true})", "keep name"},
                    {R"({"resourceType":"Organization"})", "cut"},
                    {R"({"resourceType":"Medication"})", "cut"},
                    {R"({"resourceType":"Practitioner"})", "cut"},
                });
}

// SPEC 8.2: resources of their own.
TEST(Judge, EntriesAndParameters) {
  for (const Nesting nesting : {Nesting::kEntry, Nesting::kOther, Nesting::kOutcome}) {
    expect_judged(with_rules(kRules), nesting,
                  {
                      {R"({"resourceType":"Observation"})", "keep note"},
                      {R"({"resourceType":"Patient"})", "cut"},
                      {R"({"resourceType":"Patient","active":true})", "keep name"},
                      {R"({"resourceType":"Organization"})", "cut"},  // not for `search`
                      {R"({"resourceType":"Medication"})", "cut"},
                  });
  }
}

// Is `part` one of the words?
bool lists(const std::string& words, std::string_view part) {
  std::string padded(" ");
  padded += words;
  padded += ' ';
  std::string word(" ");
  word += part;
  word += ' ';
  return padded.find(word) != std::string::npos;
}

// SPEC 8.2: an OperationOutcome in an entry's response needs no rule; elsewhere it does.
TEST(Judge, Outcomes) {
  const std::string outcome = R"({"resourceType":"OperationOutcome"})";
  const std::string hidden = R"({"resourceType":"OperationOutcome","hiddenFields":["issue.code"]})";
  Judging none(with_rules(R"({"resourceType":"Observation"})"));
  EXPECT_EQ(none.judge(outcome, Nesting::kEntry), "cut");
  EXPECT_EQ(none.judge(outcome, Nesting::kContained), "keep");
  const std::string kept = none.judge(outcome, Nesting::kOutcome);
  for (const char* part :
       {"meta", "text", "contained", "extension", "implicitRules", "language", "id",
        "issue.diagnostics", "issue.expression", "issue.location", "issue.details.text",
        "issue.severity.extension", "issue.code.extension", "issue.details.coding.extension"}) {
    EXPECT_TRUE(lists(kept, part)) << part;
  }
  for (const char* part : {"issue", "issue.severity", "issue.code", "issue.details",
                           "issue.details.coding", "issue.details.coding.code", "resourceType"}) {
    EXPECT_FALSE(lists(kept, part)) << part;
  }
  EXPECT_EQ(Judging(with_rules(hidden)).judge(outcome, Nesting::kOutcome), "cut");
  EXPECT_EQ(Judging(with_rules(hidden)).judge(outcome, Nesting::kEntry), "keep issue.code");
  EXPECT_EQ(Judging("{}").judge(outcome, Nesting::kOutcome), "cut");  // everything is denied
}

std::string bundle(std::string_view type, std::string_view entries) {
  return R"({"resourceType":"Bundle","type":")" + std::string(type) + R"(","entry":[)" +
         std::string(entries) + "]}";
}
const std::string kReadable = R"({"resource":{"resourceType":"Observation"}})";
const std::string kRefused = R"({"resource":{"resourceType":"Medication"}})";

// SPEC 8.2: a document whose first entry is refused is refused.
TEST(Judge, Documents) {
  const std::string rules = kRules + R"(,{"resourceType":"Bundle"})";
  const struct {
    std::string bundle;
    bool open;
  } cases[] = {
      {bundle("document", kReadable), true},
      {bundle("document", kReadable + "," + kRefused), true},
      {bundle("document", kRefused), false},
      {bundle("document", kRefused + "," + kReadable), false},
      {bundle("document", ""), false},
      {bundle("document", "{}"), false},
      {bundle("document", "null"), false},
      {bundle("document", R"({"resource":[]})"), false},
      {R"({"resourceType":"Bundle","type":"document","entry":[["resource",{"resourceType":"Patient"}]]})",
       false},
      {R"({"resourceType":"Bundle","type":"document"})", false},
      {R"({"resourceType":"Bundle","type":"document","entry":{"resource":{"resourceType":"Observation"}}})",
       false},
      {bundle("collection", kRefused), true},
      {bundle("Document", kRefused), true},
      {R"({"resourceType":"Bundle","entry":[]})", true},
      {R"({"resourceType":"Patient","type":"document"})", true},
      // Documents in documents.
      {bundle("document", R"({"resource":)" + bundle("document", kReadable) + "}"), true},
      {bundle("document", R"({"resource":)" + bundle("document", kRefused) + "}"), false},
      {bundle("document", R"({"resource":)" + bundle("collection", kRefused) + "}"), true},
  };
  Judging judging(with_rules(rules));
  for (const auto& one : cases) {
    EXPECT_EQ(judging.open(one.bundle), one.open) << one.bundle;
    const bool is_bundle = one.bundle.find(R"("Bundle")") < 20;
    EXPECT_EQ(judging.judge(one.bundle, Nesting::kEntry), is_bundle && one.open ? "keep" : "cut")
        << one.bundle;
  }
  EXPECT_EQ(Judging(with_rules(kRules)).judge(bundle("document", kReadable), Nesting::kEntry),
            "cut")
      << "the Bundle needs a rule";
}

// What a rule hides of Bundles does not open or close one.
TEST(Judge, HiddenPartsOfBundlesDecideNothing) {
  const auto open = [](std::string_view field, const std::string& text) {
    return Judging(with_rules(kRules + R"(,{"resourceType":"Bundle","hiddenFields":[")" +
                              std::string(field) + R"("]})"))
        .open(text);
  };
  EXPECT_FALSE(open("type", bundle("collection", kRefused)));
  EXPECT_TRUE(open("type", bundle("collection", kReadable)));
  EXPECT_FALSE(open("entry", bundle("document", kReadable)));
  EXPECT_FALSE(open("entry.resource", bundle("document", kReadable)));
  EXPECT_TRUE(open("entry", bundle("collection", kReadable)));
  EXPECT_TRUE(open("entry.fullUrl", bundle("document", kReadable)));
}

// SPEC 7.3 (c).
TEST(Judge, ReadsByReference) {
  const struct {
    std::string rules;
    std::string more;
    std::string type;
    std::string reference;
    bool reads;
  } cases[] = {
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient", "Patient/1",
       true},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient",
       "Patient/1/_history/2", true},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient", "Patient/2",
       false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=0,1"})", "", "Patient", "Patient/1",
       true},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=a"})", "", "Patient", "Patient/A",
       false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Person", "Patient/1",
       false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient", "#1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient",
       "https://h.test/fhir/Patient/1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})",
       R"(,"options":{"baseUrls":["https://h.test/fhir"]})", "Patient",
       "https://h.test/fhir/Patient/1", true},
      {R"({"resourceType":"Patient","criteria":"Patient?_id:not=2"})", "", "Patient", "Patient/1",
       false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1&active=true"})", "", "Patient",
       "Patient/1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?identifier=1"})", "", "Patient",
       "Patient/1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_filter=_id eq 1"})", "", "Patient",
       "Patient/1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment=Patient/1"})", "", "Patient",
       "Patient/1", true},
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment=Patient/1"})", "", "Patient",
       "Patient/2", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment:not=Patient/2"})", "",
       "Patient", "Patient/1", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_compartment=Organization/1"})", "",
       "Patient", "Patient/1", false},
      {R"({"resourceType":"RelatedPerson","criteria":"RelatedPerson?_compartment=Patient/1"})", "",
       "RelatedPerson", "RelatedPerson/1", false},
      {R"({"resourceType":"Patient","compartment":{"reference":"Patient/1"}})", "", "Patient",
       "Patient/1", true},
      {R"({"resourceType":"Patient","compartment":{"reference":"Patient/1"},"criteria":"Patient?_id=1,2"})",
       "", "Patient", "Patient/1", true},
      {R"({"resourceType":"Patient","compartment":{"reference":"Patient/1"},"criteria":"Patient?_id=1,2"})",
       "", "Patient", "Patient/2", false},
      {R"({"resourceType":"*","criteria":"*?_id=1"})", "", "Practitioner", "Practitioner/1", true},
      {R"({"resourceType":"*","criteria":"*?_compartment=Patient/1"})", "", "Patient", "Patient/1",
       true},
      // Order: what the reference does not decide keeps nothing from being granted.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},
          {"resourceType":"Patient","criteria":"Patient?_id=1"})",
       "", "Patient", "Patient/1", true},
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Patient"})",
       "", "Patient", "Patient/1", true},
      // Interactions, scopes, projects.
      {R"({"resourceType":"Patient","interaction":["search"]})", "", "Patient", "Patient/1", false},
      {R"({"resourceType":"Patient"})",
       R"(,"scopes":"patient/Patient.rs","launchPatient":"Patient/1")", "Patient", "Patient/1",
       true},
      {R"({"resourceType":"Patient"})",
       R"(,"scopes":"patient/Patient.rs","launchPatient":"Patient/1")", "Patient", "Patient/2",
       false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})",
       R"(,"project":{"reference":"Project/p"})", "Patient", "Patient/1", false},
      {R"({"resourceType":"Patient"})", R"(,"project":{"reference":"Project/p"})", "Patient",
       "Patient/1", false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(Judging(with_rules(one.rules, one.more)).reads(one.type, one.reference), one.reads)
        << one.rules << one.more << one.reference;
  }
  EXPECT_FALSE(Judging("{}").reads("Patient", "Patient/1"));
}

// SPEC 7.3 (c): or the host supplies a readable target.
TEST(Judge, ReadsWhatIsSupplied) {
  constexpr std::string_view kFetched = R"({
      "Patient/1":{"resourceType":"Patient","id":"1","active":true,"meta":{"project":"p"}},
      "Patient/2":{"resourceType":"Patient","id":"2","active":false,"meta":{"project":"p"}},
      "Patient/3":{"resourceType":"Patient","id":"4","active":true},
      "Patient/5":null})";
  const std::string active = R"({"resourceType":"Patient","criteria":"Patient?active=true"})";
  Judging judging(with_rules(active), kFetched);
  EXPECT_TRUE(judging.reads("Patient", "Patient/1"));
  for (const char* other : {"Patient/2", "Patient/3", "Patient/4", "Patient/5", "Patient/6"}) {
    EXPECT_FALSE(judging.reads("Patient", other)) << other;
  }
  for (const char* project : {"p", "q"}) {
    Judging in_project(
        with_rules(R"({"resourceType":"Patient"})",
                   R"(,"project":{"reference":"Project/)" + std::string(project) + R"("})"),
        kFetched);
    EXPECT_EQ(in_project.reads("Patient", "Patient/1"), *project == 'p');
  }
}

// An answer that could not be taken cuts. It is told of resources inside, not of what References
// name: those with nothing to cut are not asked about (SPEC P3).
TEST(Judge, RemembersErrors) {
  Limits few;
  few.max_evaluation_steps = 3;
  const std::string input =
      with_rules(R"({"resourceType":"Patient","criteria":"Patient?given=a"})");
  const auto compiled = policy::compile(input, few).policy;
  ASSERT_NE(compiled, nullptr);
  fhir::Resolved resolved;
  EXPECT_FALSE(resolved.load(
      R"({"Patient/1":{"resourceType":"Patient","id":"1","name":[{"given":["b","c","d","e"]}]}})",
      Limits{}));
  Scratch scratch;
  scratch.resolved = &resolved;
  PolicyJudge judge(*compiled, scratch);
  EXPECT_FALSE(judge.error());
  EXPECT_FALSE(judge.reads(fhir::well_known().patient, "Patient/1"));
  EXPECT_FALSE(judge.error());
  const policy::Padded text(R"({"resourceType":"Patient","name":[{"given":["b","c","d","e"]}]})");
  json::Parser parser;
  ASSERT_FALSE(parser.parse(text.view(), Limits{}));
  EXPECT_EQ(judge.judge(parser.document(), 0, Nesting::kEntry), nullptr);
  EXPECT_TRUE(judge.error());
  EXPECT_FALSE(judge.reads(fhir::well_known().patient, "Patient/1"));
}

// The persons that a host may supply.
TEST(Judge, AsksForPersons) {
  const struct {
    std::string rules;
    std::string more;
    std::string resource;
    std::string fetched;
    std::string asks;
  } cases[] = {
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Observation"})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})",
       "", "Patient/1"},
      // Nothing but the reference: nothing to decide.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Observation"})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})", "", ""},
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Observation"})",
       "",
       R"({"resourceType":"Observation","focus":[{"reference":"Patient/1","identifier":{}},
           {"display":"x","reference":"Patient/2"},{"reference":"Patient/1","display":"x"}],
           "performer":[{"reference":"Practitioner/1","display":"x"}]})",
       "", "Patient/1 Patient/2"},
      // The reference decides.
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"},{"resourceType":"Observation"})",
       "",
       R"({"resourceType":"Observation","focus":[{"reference":"Patient/1","display":"x"},
           {"reference":"Patient/2","display":"x"}]})",
       "", "Patient/2"},
      // Not for what is hidden or refused.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},
          {"resourceType":"Observation","hiddenFields":["subject"]})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})",
       "", ""},
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},
          {"resourceType":"Observation","criteria":"Observation?code=a"})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})",
       "", ""},
      // Supplied already; what its criteria look at.
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Observation"})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})",
       R"({"Patient/1":{"resourceType":"Patient","id":"1"}})", ""},
      {R"({"resourceType":"Patient","criteria":"Patient?organization.name=a"},{"resourceType":"Observation"})",
       "", R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})",
       R"({"Patient/1":{"resourceType":"Patient","id":"1","managingOrganization":{"reference":"Organization/1"}}})",
       "Organization/1"},
      {R"({"resourceType":"Patient","criteria":"Patient?active=true"},{"resourceType":"Observation"})",
       R"(,"displays":"keep")",
       R"({"resourceType":"Observation","subject":{"reference":"Patient/1","display":"x"}})", "",
       ""},
  };
  for (const auto& one : cases) {
    Judging judging(with_rules(one.rules, R"(,"options":{"resolve":true)" + one.more + "}"),
                    one.fetched);
    const policy::Padded text(one.resource);
    ASSERT_FALSE(judging.parser.parse(text.view(), Limits{})) << one.resource;
    std::vector<std::string> out;
    EXPECT_FALSE(references(*judging.policy, policy::Interaction::kRead, judging.parser.document(),
                            0, judging.scratch, out));
    std::string asks;
    for (const std::string& reference : out) {
      asks += asks.empty() ? "" : " ";
      asks += reference;
    }
    EXPECT_EQ(asks, one.asks) << one.rules << one.resource;
  }
}

}  // namespace
}  // namespace fhirwall::decide
