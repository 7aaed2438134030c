#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

constexpr const char* kUuid = "00000000-0000-4000-8000-000000000001";

TEST(Compartment, StoredIsAuthoritativeWhenReading) {
  constexpr const char* kStored =
      R"("id":"p1","meta":{"project":"x","account":{"reference":"Organization/y"},"compartment":[)"
      R"({"reference":"Project/pr"},{"reference":"Organization/acc"},{"reference":"Patient/p2/_history/3"}]})";
  check("Patient",
        {
            {"_compartment=Organization/acc", kStored, "yes"},
            {"_compartment=Project/pr", kStored, "yes"},
            {"_compartment=Patient/p2", kStored, "yes"},
            {"_compartment=Patient/p1", kStored, "no"},
            {"_compartment=Organization/y", kStored, "no"},
            {"_compartment=Project/x", kStored, "no"},
            {"_compartment=Organization/pr", kStored, "no"},
            {"_compartment=Organization/x,Organization/acc", kStored, "yes"},
            {"_compartment=Organization/acc&_compartment=Patient/p1", kStored, "no"},
            {"_compartment=Patient/p1", R"("id":"p1","meta":{"compartment":[]})", "no"},
            {"_compartment=Patient/p1", R"("id":"p1","meta":{"compartment":{}})", "no"},
            {"_compartment=Patient/p1",
             R"("meta":{"compartment":[{"reference":"https://x/Patient/p1"}]})", "no"},
            {"_compartment=Patient/p1",
             R"("meta":{"compartment":[{"reference":5},{"reference":"Patient/p1"}]})", "yes"},
        });
}

TEST(Compartment, DefinitionsAreComputedWithoutStored) {
  check("Patient", {
                       {"_compartment=Patient/p1", R"("id":"p1")", "yes"},
                       {"_compartment=Patient/p2", R"("id":"p1")", "no"},
                       {"_compartment=Patient/p2",
                        R"("id":"p1","link":[{"other":{"reference":"Patient/p2"}}])", "yes"},
                       // accounts and projects count once the server has stored them
                       {"_compartment=Organization/a",
                        R"("meta":{"account":{"reference":"Organization/a"}})", "no"},
                       {"_compartment=Project/x", R"("meta":{"project":"x"})", "no"},
                   });
  check(
      "Observation",
      {
          {"_compartment=Patient/1", R"("subject":{"reference":"Patient/1"})", "yes"},
          {"_compartment=Patient/1", R"("subject":{"reference":"Patient/1/_history/2"})", "yes"},
          {"_compartment=Patient/1", R"("performer":[{"reference":"Patient/1"}])", "yes"},
          {"_compartment=Patient/1", R"("subject":{"reference":"https://x/Patient/1"})", "no"},
          {"_compartment=Patient/1", R"("subject":{"reference":"#1"})", "no"},
          {"_compartment=Patient/1", R"("subject":{"identifier":{"value":"1"}})", "no"},
          {"_compartment=Patient/1", R"("subject":{"reference":"Group/1"})", "no"},
          {"_compartment=Group/1", R"("subject":{"reference":"Group/1"})", "no"},
          {"_compartment=Practitioner/9", R"("performer":[{"reference":"Practitioner/9"}])", "yes"},
          {"_compartment=Encounter/e", R"("encounter":{"reference":"Encounter/e"})", "yes"},
          {"_compartment=Device/d", R"("device":{"reference":"Device/d"})", "yes"},
          {"_compartment=RelatedPerson/r", R"("performer":[{"reference":"RelatedPerson/r"}])",
           "yes"},
          // the other definitions are computed also beside a stored compartment
          {"_compartment=Practitioner/9",
           R"("meta":{"compartment":[]},"performer":[{"reference":"Practitioner/9"}])", "yes"},
          {"_compartment=Patient/1",
           R"("meta":{"compartment":[]},"subject":{"reference":"Patient/1"})", "no"},
      });
  check("Device", {{"_compartment=Patient/1", R"("patient":{"reference":"Patient/1"})", "no"},
                   {"_compartment=Device/d", R"("id":"d")", "yes"}});
  check("Task", {{"_compartment=Patient/1", R"("for":{"reference":"Patient/1"})", "yes"},
                 {"_compartment=Patient/1", R"("owner":{"reference":"Patient/1"})", "no"}});
}

TEST(Compartment, UnderABaseUrl) {
  const Given base = {.bindings = {}, .base_urls = {"https://ehr"}, .purpose = Purpose::kRead};
  check("Observation",
        {{"_compartment=Patient/1", R"("subject":{"reference":"https://ehr/Patient/1"})", "yes"},
         {"_compartment=https://ehr/Patient/1", R"("subject":{"reference":"Patient/1"})", "yes"},
         {"_compartment=Patient/1", R"("subject":{"reference":"https://x/Patient/1"})", "no"}},
        base);
}

TEST(Compartment, Wildcard) {
  const auto any = [](const char* json) { return match("*?_compartment=Patient/1", json); };
  EXPECT_EQ(any(R"({"resourceType":"Patient","id":"1"})"), "yes");
  EXPECT_EQ(any(R"({"resourceType":"Condition","subject":{"reference":"Patient/1"}})"), "yes");
  EXPECT_EQ(any(R"({"resourceType":"Practitioner","id":"1"})"), "no");
  EXPECT_EQ(any(R"({"resourceType":"Device","patient":{"reference":"Patient/1"}})"), "no");
  EXPECT_EQ(any(R"({"resourceType":"Encounter","subject":{"reference":"Patient/2"}})"), "no");
}

TEST(Compartment, BareUuidOnly) {
  const std::string stored =
      std::string(R"("meta":{"compartment":[{"reference":"Organization/)") + kUuid + "\"}]}";
  const std::string query = std::string("_compartment=") + kUuid;
  check("Patient",
        {{query.c_str(), stored.c_str(), "yes"},
         {query.c_str(), R"("meta":{"compartment":[{"reference":"Organization/1"}]})", "no"},
         {"_compartment=p1", stored.c_str(), "invalid-value@21"},
         {"_compartment=Nope/p1", stored.c_str(), "invalid-value@21"},
         {"_compartment=#p1", stored.c_str(), "invalid-value@21"},
         {"_compartment=https://x/Patient/1", stored.c_str(), "invalid-value@21"},
         {"_compartment=", stored.c_str(), "invalid-value@21"}});
  const std::string subject = std::string(R"("subject":{"reference":"Patient/)") + kUuid + "\"}";
  check("Observation", {{query.c_str(), subject.c_str(), "yes"}});
}

TEST(Compartment, CarefulNot) {
  check("Patient",
        {
            {"_compartment:not=Organization/a", "", "yes"},
            {"_compartment:not=Organization/a",
             R"("meta":{"compartment":[{"reference":"Organization/b"}]})", "yes"},
            {"_compartment:not=Organization/a",
             R"("meta":{"compartment":[{"reference":"Organization/a"}]})", "no"},
            // any source of membership defeats the negation
            {"_compartment:not=Organization/a",
             R"("meta":{"account":{"reference":"Organization/a"}})", "no"},
            {"_compartment:not=Organization/a",
             R"("meta":{"accounts":[],"account":{"reference":"Organization/a"}})", "no"},
            {"_compartment:not=Project/x", R"("meta":{"project":"x"})", "no"},
            {"_compartment:not=Patient/p1", R"("id":"p1","meta":{"compartment":[]})", "no"},
            {"_compartment:not=Patient/p1", R"("id":"p2","meta":{"compartment":[]})", "yes"},
            {"_compartment:not=Organization/a", R"("meta":{"compartment":[{}]})", "no"},
            {"_compartment:not=Organization/a", R"("meta":{"compartment":"x"})", "no"},
            {"_compartment:not=Organization/a", R"("meta":{"accounts":{}})", "no"},
            {"_compartment:not=Organization/a", R"("meta":{"project":5})", "no"},
            {"_compartment:not=Organization/a", R"("meta":[])", "no"},
            {"_compartment:not=Organization/a", R"("meta":null)", "no"},
            {"_account:not=Organization/a", R"("meta":"x")", "no"},
            {"_compartment:not=Patient/p1", R"("id":["p1"])", "no"},
            // nor does a plain test hold where nobody knows what is stored
            {"_compartment=Patient/p1", R"("id":"p1")", "yes"},
            {"_compartment=Patient/p1", R"("id":"p1","meta":[])", "no"},
        });
  check(
      "Observation",
      {
          {"_compartment:not=Patient/1", R"("subject":{"reference":"https://x/Patient/1"})", "no"},
          {"_compartment:not=Patient/1", R"("subject":{"reference":"Patient/2"})", "yes"},
          {"_compartment:not=Patient/1", R"("subject":{"reference":"urn:uuid:1"})", "no"},
          {"_compartment:not=Patient/1", R"("subject":[])", "no"},
      });
}

TEST(Compartment, WriteResultIsAlwaysComputed) {
  const Given write = {.bindings = {}, .base_urls = {}, .purpose = Purpose::kWriteResult};
  check(
      "Observation",
      {
          {"_compartment=Patient/1", R"("meta":{"compartment":[{"reference":"Patient/1"}]})", "no"},
          {"_compartment=Patient/1",
           R"("subject":{"reference":"Patient/1"},"meta":{"compartment":[]})", "yes"},
          {"_compartment=Organization/a", R"("meta":{"account":{"reference":"Organization/a"}})",
           "yes"},
          {"_compartment=Organization/a", R"("meta":{"accounts":[{"reference":"Organization/a"}]})",
           "yes"},
          {"_compartment=Organization/a",
           R"("meta":{"accounts":[],"account":{"reference":"Organization/a"}})", "no"},
          // SPEC 9.5: the resource itself must name the patient
          {"_compartment=Patient/1", R"("meta":{"accounts":[{"reference":"Patient/1"}]})", "no"},
          {"_compartment=Project/x", R"("meta":{"accounts":[{"reference":"Project/x"}]})", "no"},
          {"_compartment=Project/x", R"("meta":{"project":"x"})", "yes"},
      },
      write);
  check("Practitioner",
        {{"_compartment=Patient/1", R"("meta":{"accounts":[{"reference":"Patient/1"}]})", "yes"}},
        write);
  check("User", {{"_compartment=Project/x", R"("project":{"reference":"Project/x"})", "yes"}},
        write);
}

TEST(Compartment, AccountAndProjectParameters) {
  constexpr const char* kMeta =
      R"("meta":{"project":"x","accounts":[{"reference":"Organization/a"}],"account":{"reference":"Organization/b"}})";
  check("Patient", {
                       {"_account=Organization/a", kMeta, "yes"},
                       {"_account=Organization/b", kMeta, "no"},
                       {"_account:not=Organization/b", kMeta, "no"},
                       {"_account:not=Organization/c", kMeta, "yes"},
                       {"_account=a", kMeta, "invalid-value@17"},
                       {"_project=Project/x", kMeta, "yes"},
                       {"_project=Project/y", kMeta, "no"},
                       {"_project=Organization/x", kMeta, "no"},
                       {"_project=x", kMeta, "invalid-value@17"},
                       {"_project:not=Project/x", kMeta, "no"},
                       {"_project:not=Project/y", kMeta, "yes"},
                   });
}

TEST(Compartment, DeprecatedRuleCompartment) {
  const std::vector<Binding> bindings = {{"org", "Organization/o1", "o1"}};
  CompileOptions options;
  options.bindings = bindings;
  const auto compile_text = [&](const char* reference, Issues& issues) {
    return compile_compartment(reference, fhir::find_resource_type("Patient"), options, "c",
                               issues);
  };
  const Resource resource(
      R"({"resourceType":"Patient","meta":{"compartment":[{"reference":"Organization/o1"}]}})");
  for (const char* reference : {"Organization/o1", "%org", "Organization/%org.id"}) {
    Issues issues;
    const auto compiled = compile_text(reference, issues);
    ASSERT_TRUE(compiled) << reference;
    EXPECT_EQ(bound_text(*compiled), "Patient?_compartment=Organization/o1");
    Scratch scratch;
    Error error;
    EXPECT_TRUE(matches(*compiled, {resource.document(), 0, resource.type(), Purpose::kRead},
                        Limits{}, scratch, error));
  }
  const struct {
    const char* reference;
    IssueCode code;
    std::uint32_t offset;
  } refused[] = {
      {"", IssueCode::kInvalidValue, 0},
      {"Organization/%nope", IssueCode::kUnboundVariable, 13},
      {"Organization/%org_unit", IssueCode::kUnboundVariable, 13},
      {"Organization/a,Organization/b", IssueCode::kInvalidValue, 0},
      {"Organization/%20", IssueCode::kInvalidValue, 0},
      {"o1", IssueCode::kInvalidValue, 0},
  };
  for (const auto& row : refused) {
    Issues issues;
    EXPECT_FALSE(compile_text(row.reference, issues)) << row.reference;
    ASSERT_EQ(issues.list().size(), 1u) << row.reference;
    EXPECT_EQ(issues.list()[0].code, row.code) << row.reference;
    EXPECT_EQ(issues.list()[0].offset, row.offset) << row.reference;
  }
}

}  // namespace
}  // namespace fhirwall::search::test
