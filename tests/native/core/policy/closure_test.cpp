#include "core/policy/closure.hpp"

#include <set>

#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

using redact::ClosureFacts;
using redact::Readable;
using redact::TypeFacts;

// Of a policy that must compile.
struct Compiled {
  std::shared_ptr<const CompiledPolicy> policy;
  [[nodiscard]] const ClosureFacts& facts() const { return redact::facts_of(*policy->closure); }
  [[nodiscard]] const TypeFacts& of(std::string_view type) const {
    return facts().types[fhir::resource_index(fhir::find_resource_type(type))];
  }
};

Compiled compiled(std::string_view rules, std::string_view more = {}) {
  Compiled result{must_compile(with_rules(rules, more))};
  EXPECT_NE(result.policy->closure, nullptr);
  EXPECT_EQ(result.facts().types.size(), fhir::resource_types().size());
  return result;
}

// `labels identifier by-reference cut name.given,photo`: what is so, and what contained resources
// of the type lose.
std::string text_of(const TypeFacts& facts) {
  std::string text;
  const auto add = [&](bool is, std::string_view word) {
    if (is) {
      text += text.empty() ? "" : " ";
      text += word;
    }
  };
  add(facts.labels_hidden, "labels");
  add(facts.identifier_hidden, "identifier");
  add(facts.person == Readable::kByReference, "by-reference");
  add(facts.person == Readable::kNever, "never");
  add(facts.contained_cut, "cut");
  std::string hidden;
  for (const fhir::ElementPath& path : redact::hidden_elements(*facts.contained)) {
    hidden += hidden.empty() ? "" : ",";
    hidden += redact::path_text(path);
  }
  add(!hidden.empty(), hidden);
  EXPECT_EQ(redact::hides_anything(*facts.contained), !hidden.empty());
  return text;
}

// `narratives displays contained bundles`
std::string text_of(const ClosureFacts& facts) {
  std::string text;
  for (const auto& [is, word] : {std::pair{facts.cuts_narratives, "narratives"},
                                 {facts.cuts_displays, "displays"},
                                 {facts.cuts_contained, "contained"},
                                 {facts.filters_bundles, "bundles"}}) {
    if (is) {
      text += text.empty() ? "" : " ";
      text += word;
    }
  }
  return text;
}

constexpr std::string_view kAll = R"({"resourceType":"*"})";

// SPEC 7.3, 7.4, 8.2.
TEST(Closure, OfAllRulesTogether) {
  const struct {
    std::string rules;
    std::string more;
    std::string facts;
  } cases[] = {
      {std::string(kAll), "", "bundles"},
      {std::string(kAll), R"(,"options":{"contained":"policy"})", "contained bundles"},
      // Any hidden part of any type, of a rule for anything.
      {R"({"resourceType":"*"},{"resourceType":"Group","hiddenFields":["quantity"]})", "",
       "narratives bundles"},
      {R"({"resourceType":"*"},{"resourceType":"Group","interaction":["search"],"hiddenFields":["quantity"]})",
       "", "narratives bundles"},
      {R"({"resourceType":"*"},{"resourceType":"Group","interaction":[],"hiddenFields":["name"]})",
       "", "narratives displays bundles"},
      {R"({"resourceType":"*","hiddenFields":["meta.tag"]})", "", "narratives bundles"},
      {R"({"resourceType":"*","hiddenFields":["identifier"]})", "", "narratives displays bundles"},
      {R"({"resourceType":"*"},{"resourceType":"Patient","readonlyFields":["name"]})", "",
       "bundles"},
      // A person that not everybody can read.
      {R"({"resourceType":"Observation"})", "", "narratives displays contained bundles"},
      {R"({"resourceType":"*","criteria":"*?_id=a"})", "", "narratives displays bundles"},
      {R"({"resourceType":"*","interaction":["search","vread","history","update"]})", "",
       "narratives displays contained bundles"},
      {R"({"resourceType":"Patient"},{"resourceType":"Person"},{"resourceType":"RelatedPerson"},
          {"resourceType":"Practitioner"})",
       "", "narratives displays contained bundles"},
      {R"({"resourceType":"Patient"},{"resourceType":"Person"},{"resourceType":"RelatedPerson"},
          {"resourceType":"Practitioner"},{"resourceType":"PractitionerRole"})",
       "", "bundles"},
      // A project: the reference does not say where its target is.
      {std::string(kAll), R"(,"project":{"reference":"Project/1"})", "narratives displays bundles"},
      // Options.
      {R"({"resourceType":"Observation"})", R"(,"options":{"closure":"fields-only"})",
       "contained bundles"},
      {R"({"resourceType":"Observation"})", R"(,"options":{"displays":"keep"})",
       "narratives contained bundles"},
      {R"({"resourceType":"Observation"})", R"(,"options":{"contained":"keep"})",
       "narratives displays bundles"},
      {std::string(kAll), R"(,"scopes":"user/Patient.rs")",
       "narratives displays contained bundles"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(text_of(compiled(one.rules, one.more).facts()), one.facts) << one.rules << one.more;
  }
}

TEST(Closure, OfOneType) {
  const std::string hides = R"({"resourceType":"*"},{"resourceType":"Patient","hiddenFields":)";
  const struct {
    std::string rules;
    std::string more;
    std::string_view type;
    std::string facts;
  } cases[] = {
      {std::string(kAll), "", "Patient", ""},
      {std::string(kAll), "", "Observation", ""},
      {std::string(kAll), "", "User", ""},  // not part of `*`, but no person type either
      {hides + R"(["name"]})", "", "Patient", "labels name"},
      {hides + R"(["name"]})", "", "Practitioner", ""},
      {hides + R"(["name.given"]})", "", "Patient", "labels name.given"},
      {hides + R"(["identifier.value"]})", "", "Patient", "identifier identifier.value"},
      {hides + R"-(["birthDate","extension('http://x')"]})-", "", "Patient",
       "birthDate,extension('http://x')"},
      {hides + R"(["text"]})", "", "Patient", "text"},
      // Rules that say the same, and rules that do not.
      {hides +
           R"(["name","photo"]},{"resourceType":"Patient","criteria":"Patient?_id=1","hiddenFields":["name","photo"]})",
       "", "Patient", "labels name,photo"},
      {hides + R"(["photo"]},{"resourceType":"Patient","interaction":[],"hiddenFields":["name"]})",
       "", "Patient", "labels photo,name"},
      {R"({"resourceType":"*","hiddenFields":["identifier"]},{"resourceType":"Location","hiddenFields":["alias"]})",
       "", "Location", "labels identifier identifier,alias"},
      {R"({"resourceType":"*","hiddenFields":["identifier"]})", "", "Binary", ""},
      // Who grants `read`.
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", "", "Patient", "by-reference"},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"},{"resourceType":"Patient"})", "",
       "Patient", ""},
      {R"({"resourceType":"Patient","compartment":{"reference":"Patient/1"}})", "", "Patient",
       "by-reference"},
      {R"({"resourceType":"Patient","interaction":["search"]})", "", "Patient", "never cut"},
      {R"({"resourceType":"Observation"})", "", "PractitionerRole", "never cut"},
      {R"({"resourceType":"Observation"})", "", "Organization", ""},  // no person
      {std::string(kAll), R"(,"project":{"reference":"Project/1"})", "Patient", "by-reference"},
      // Option `contained`.
      {R"({"resourceType":"Observation"})", R"(,"options":{"contained":"keep"})", "Patient",
       "never"},
      {R"({"resourceType":"Observation"})", R"(,"options":{"contained":"policy"})", "Organization",
       "cut"},
      {R"({"resourceType":"Organization"})", R"(,"options":{"contained":"policy"})", "Organization",
       ""},
      // What scopes took away hides.
      {R"({"resourceType":"Patient"},{"resourceType":"Device","hiddenFields":["serialNumber"]})",
       R"(,"scopes":"user/Patient.rs")", "Device", "labels identifier serialNumber"},
      {R"({"resourceType":"Patient"},{"resourceType":"Practitioner"})",
       R"(,"scopes":"user/Patient.rs")", "Practitioner", "never cut"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(text_of(compiled(one.rules, one.more).of(one.type)), one.facts)
        << one.rules << one.more << one.type;
  }
}

// SPEC 4.4: rules for admin types go with a membership; what they hide does not.
TEST(Closure, RulesForAdminTypesStillHide) {
  const Compiled policy{must_compile(R"({
      "policies":[{"resourceType":"AccessPolicy","id":"p","resource":[{"resourceType":"Patient"},
        {"resourceType":"User","hiddenFields":["email"]}]}],
      "membership":{"resourceType":"ProjectMembership","project":{"reference":"Project/1"},
        "accessPolicy":{"reference":"AccessPolicy/p"}}})")};
  EXPECT_EQ(text_of(policy.of("User")), "email");
  EXPECT_EQ(policy.policy->listed_rules, 1U);
}

// SPEC 4.1: nobody reaches a Login, but something may contain one.
TEST(Closure, RulesForUnreachableTypesStillHide) {
  const CompileOutcome outcome = compile_text(
      with_rules(R"({"resourceType":"Login","hiddenFields":["cookie"]},{"resourceType":"*"})"));
  ASSERT_NE(outcome.policy, nullptr);
  EXPECT_EQ(text_of(Compiled{outcome.policy}.of("Login")), "cookie");
}

TEST(Closure, NothingIsReadableWhereEverythingIsDenied) {
  const Compiled none{must_compile("{}")};
  EXPECT_TRUE(none.policy->denies_everything);
  EXPECT_EQ(text_of(none.of("Patient")), "never cut");
  EXPECT_EQ(text_of(none.facts()), "narratives displays contained bundles");
  const Compiled all{must_compile(R"({"options":{"allowUnrestricted":true}})")};
  EXPECT_EQ(text_of(all.of("Patient")), "");
  EXPECT_EQ(text_of(all.facts()), "bundles");
}

// The labels of SPEC 7.3 (c): names, titles, codes.
TEST(Closure, Labels) {
  const struct {
    std::string_view type;
    std::string_view field;
    std::string_view says;
  } cases[] = {
      {"Patient", "name", "labels"},
      {"Patient", "name.given", "labels"},
      {"Patient", "birthDate", ""},
      {"Patient", "telecom", ""},
      {"Patient", "contact.name", ""},
      {"Patient", "identifier", "identifier"},
      {"Organization", "alias", "labels"},
      {"Organization", "type", "labels"},
      {"Questionnaire", "title", "labels"},
      {"Questionnaire", "description", "labels"},
      {"Evidence", "shortTitle", "labels"},
      {"Evidence", "subtitle", "labels"},
      {"Condition", "code", "labels"},
      {"Condition", "code.coding.display", "labels"},
      {"Condition", "onset[x]", ""},
      {"Observation", "value[x]", ""},
      {"Encounter", "class", "labels"},
      {"Encounter", "status", ""},
      {"Immunization", "vaccineCode", "labels"},
      {"MedicationRequest", "medication[x]", "labels"},
      {"MedicationRequest", "medicationReference", "labels"},
      {"PractitionerRole", "practitioner", "labels"},
      {"PractitionerRole", "specialty", "labels"},
      {"RelatedPerson", "relationship", "labels"},
      {"Device", "deviceName", "labels"},
      {"Device", "serialNumber", "labels identifier"},
      {"Device", "udiCarrier.carrierHRF", "labels identifier"},
      {"Device", "distinctIdentifier", "identifier"},
      {"Specimen", "accessionIdentifier", "identifier"},
      {"ServiceRequest", "requisition", "identifier"},
      {"ServiceRequest", "note", ""},
      {"Patient", "text", ""},
      {"Patient", "meta.tag", ""},
  };
  for (const auto& one : cases) {
    fhir::ElementPath path;
    redact::ResolveFailure failure;
    ASSERT_TRUE(redact::resolve_path(one.field, fhir::find_resource_type(one.type), path, failure))
        << one.field << failure.message;
    std::string says = is_label(path) ? "labels" : "";
    if (is_identifier(path)) {
      says += says.empty() ? "identifier" : " identifier";
    }
    EXPECT_EQ(says, one.says) << one.type << "." << one.field;
  }
}

// Options that change what is released change the hash, each in its own way.
TEST(Closure, OptionsAreInTheHash) {
  std::set<std::string> hashes;
  const std::string_view options[] = {"",
                                      R"("contained":"policy")",
                                      R"("contained":"keep")",
                                      R"("displays":"keep")",
                                      R"("mark":"subsetted")",
                                      R"("mark":"redacted")",
                                      R"("absent":"mask")",
                                      R"("exactTotals":true)",
                                      R"("closure":"fields-only")"};
  for (const std::string_view one : options) {
    hashes.insert(must_compile(with_rules(kAll, ",\"options\":{" + std::string(one) + "}"))->hash);
  }
  EXPECT_EQ(hashes.size(), std::size(options));
  EXPECT_TRUE(hashes.contains(
      must_compile(
          with_rules(kAll,
                     R"(,"options":{"contained":"strict","displays":"strict","mark":"none"})"))
          ->hash));
}

TEST(Closure, OptionsReachThePolicy) {
  const auto policy = must_compile(with_rules(
      kAll,
      R"(,"options":{"contained":"policy","mark":"redacted","absent":"mask","exactTotals":true})"));
  EXPECT_EQ(policy->contained, Contained::kPolicy);
  EXPECT_EQ(policy->plan_options.mark, redact::Mark::kRedacted);
  EXPECT_EQ(policy->plan_options.absent, redact::Absent::kMask);
  EXPECT_TRUE(policy->exact_totals);
  const auto plain = must_compile(with_rules(kAll));
  EXPECT_EQ(plain->contained, Contained::kStrict);
  EXPECT_EQ(plain->plan_options.mark, redact::Mark::kNone);
  EXPECT_EQ(plain->plan_options.absent, redact::Absent::kRemove);
  EXPECT_FALSE(plain->exact_totals);
}

// Hosts supply persons only where they can make a difference.
TEST(Closure, AsksForPersons) {
  const struct {
    std::string rules;
    std::string more;
    bool asks;
  } cases[] = {
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", R"("resolve":true)", true},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})", R"("resolve":false)", false},
      {R"({"resourceType":"Patient","criteria":"Patient?_id=1"})",
       R"("resolve":true,"displays":"keep")", false},
      {R"({"resourceType":"Patient"})", R"("resolve":true)", false},
      {R"({"resourceType":"Observation"})", R"("resolve":true)", false},
  };
  for (const auto& one : cases) {
    const Compiled policy = compiled(one.rules, ",\"options\":{" + one.more + "}");
    EXPECT_EQ(policy.policy->asks_for_persons, one.asks) << one.rules << one.more;
    EXPECT_EQ(policy.policy->reads_references, one.asks) << one.rules << one.more;
  }
}

}  // namespace
}  // namespace fhirwall::policy
