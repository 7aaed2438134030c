#include "core/decide/explain.hpp"

#include <string>

#include <gtest/gtest.h>

#include "support.hpp"

namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::Padded;
using policy::with_rules;

std::string explained(const policy::CompiledPolicy& policy, std::string_view interaction,
                      std::string_view resource) {
  const Padded text(resource);
  json::Parser parser;
  EXPECT_FALSE(parser.parse(text.view(), Limits{}));
  Scratch scratch;
  std::string out;
  EXPECT_FALSE(
      explain(policy, *policy::find_interaction(interaction), parser.document(), 0, scratch, out));
  return out;
}

// SPEC 15.1
TEST(Explain, SaysWhichClauseFailed) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Observation","interaction":["search"]},{"resourceType":"Observation","criteria":"Observation?status=final&code=http://x|a,b&subject=Patient/1"},{"resourceType":"Observation","hiddenFields":["code.coding.code","subject"]},{"resourceType":"*"})"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Observation","status":"final"})"),
      R"({"allowed":true,"reason":"rule","rule":{"index":2,"source":"policies[0]"},"tried":[{"index":0,"source":"policies[0]","outcome":"interaction"},{"index":1,"source":"policies[0]","outcome":"criteria","criterion":"code=http://x|a,b"},{"index":2,"source":"policies[0]","outcome":"decides"}],"hidden":[{"path":"code.coding.code","field":"code.coding.code","step":"field"},{"path":"code.coding.display","field":"code.coding.code","step":"closure"},{"path":"code.text","field":"code.coding.code","step":"closure"},{"path":"contained","field":null,"step":"contained"},{"path":"derivedFrom.display","field":null,"step":"reference"},{"path":"focus.display","field":null,"step":"reference"},{"path":"hasMember.display","field":null,"step":"reference"},{"path":"subject","field":"subject","step":"field"},{"path":"text","field":"code.coding.code","step":"narrative"}]})");
  EXPECT_EQ(
      explained(*compiled, "search", R"({"resourceType":"Observation"})"),
      R"({"allowed":true,"reason":"rule","rule":{"index":0,"source":"policies[0]"},"tried":[{"index":0,"source":"policies[0]","outcome":"decides"}],"hidden":[{"path":"contained","field":null,"step":"contained"},{"path":"derivedFrom.display","field":null,"step":"reference"},{"path":"focus.display","field":null,"step":"reference"},{"path":"hasMember.display","field":null,"step":"reference"},{"path":"text","field":null,"step":"narrative"}]})");
}

// SPEC 15.1: every path that the rule and closure remove from resources of the type, with why.
TEST(Explain, HiddenParts) {
  const struct {
    std::string rules;
    std::string more;
    std::string type;
    std::string parts;  // `path step field`, sorted by path
  } cases[] = {
      {R"({"resourceType":"*"})", "", "Patient", ""},
      {R"({"resourceType":"*"})", "", "Observation", ""},
      {R"({"resourceType":"*","hiddenFields":["name.given"]})", "", "Patient",
       "contained contained -, generalPractitioner.display reference -, "
       "link.other.display reference -, name.given field name.given, name.text closure name.given, "
       "text narrative name.given"},
      // Another type's label: where a Reference may name it.
      {R"({"resourceType":"*"},{"resourceType":"Organization","hiddenFields":["identifier"]})", "",
       "Organization",
       "contained contained -, endpoint.identifier.assigner.identifier reference -, "
       "identifier.assigner.identifier reference -, partOf.identifier reference -, "
       "text narrative -"},
      {R"({"resourceType":"*"},{"resourceType":"Organization","hiddenFields":["alias"]})", "",
       "Patient",
       "contact.organization.display reference -, "
       "contact.organization.identifier.assigner.display reference -, contained contained -, "
       "generalPractitioner.display reference -, "
       "generalPractitioner.identifier.assigner.display reference -, "
       "identifier.assigner.display reference -, "
       "link.other.identifier.assigner.display reference -, "
       "managingOrganization.display reference -, "
       "managingOrganization.identifier.assigner.display reference -, text narrative -"},
      // Persons.
      {R"({"resourceType":"Immunization"})", "", "Immunization",
       "contained contained -, note.authorReference.display reference -, "
       "note.authorReference.identifier reference -, patient.display reference -, "
       "patient.identifier reference -, performer.actor.display reference -, "
       "performer.actor.identifier reference -, text narrative -"},
      {R"({"resourceType":"Immunization"})", R"("displays":"keep")", "Immunization",
       "contained contained -, text narrative -"},
      {R"({"resourceType":"Immunization"})", R"("displays":"keep","contained":"keep")",
       "Immunization", "text narrative -"},
      {R"({"resourceType":"Immunization"})", R"("closure":"fields-only")", "Immunization",
       "contained contained -"},
      // What the hidden path covers is not listed again.
      {R"({"resourceType":"Appointment","hiddenFields":["participant","contained"]})", "",
       "Appointment",
       "contained field contained, participant field participant, "
       "supportingInformation.display reference -, "
       "supportingInformation.identifier reference -, text narrative participant"},
      {R"({"resourceType":"*"})", "", "Bundle",
       "entry.link bundle -, entry.request.ifNoneExist bundle -, entry.request.url bundle -, "
       "entry.resource bundle -, entry.response.outcome bundle -, link bundle -, "
       "signature bundle -, total bundle -"},
      {R"({"resourceType":"*"})", "", "Parameters", "parameter.resource bundle -"},
      // SPEC 7.7 takes the References of `meta` whole.
      {R"({"resourceType":"Binary"})", "", "Binary",
       "securityContext.display reference -, securityContext.identifier reference -"},
      {R"({"resourceType":"PractitionerRole"})", R"("extendedMeta":true,"closure":"fields-only")",
       "PractitionerRole", "contained contained -"},
  };
  for (const auto& one : cases) {
    const auto policy = must_compile(with_rules(one.rules, ",\"options\":{" + one.more + "}"));
    const fhir::TypeId type = fhir::find_resource_type(one.type);
    const redact::Plan* plan = policy->rules.front().plan_of(type);
    std::string parts;
    for (const HiddenPart& part : hidden_parts(*policy, *plan)) {
      parts += parts.empty() ? "" : ", ";
      parts += part.path;
      parts += ' ';
      parts += part.step;
      parts += ' ';
      parts += part.field.empty() ? std::string_view("-") : std::string_view(part.field);
    }
    EXPECT_EQ(parts, one.parts) << one.rules << one.more << one.type;
  }
}

// A rule that scopes took away still hides, but was never tried.
TEST(Explain, PassesOverWhatScopesTookAway) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","hiddenFields":["name"],"interaction":["read"]},{"resourceType":"Patient","interaction":["search"]})",
      R"(,"scopes":"user/Patient.s")"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Patient"})"),
      R"({"allowed":false,"reason":"no-rule","rule":null,"tried":[{"index":0,"source":"policies[0]","outcome":"interaction"}],"hidden":[]})");
}

TEST(Explain, SaysWhyNothingIsAllowed) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","criteria":"Patient?active=true","compartment":{"reference":"Patient/1"}})"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Patient","id":"2","active":true})"),
      R"({"allowed":false,"reason":"criteria","rule":null,"tried":[{"index":0,"source":"policies[0]","outcome":"criteria","criterion":"_compartment=Patient/1"}],"hidden":[]})");
  EXPECT_EQ(explained(*compiled, "read", R"({"resourceType":"Account"})"),
            R"({"allowed":false,"reason":"no-rule","rule":null,"tried":[],"hidden":[]})");
  EXPECT_EQ(explained(*compiled, "read", R"({"resourceType":"Nothing"})"),
            R"({"allowed":false,"reason":"unknown-type","rule":null,"tried":[],"hidden":[]})");
  EXPECT_EQ(explained(*must_compile("{}"), "read", R"({"resourceType":"Patient"})"),
            R"({"allowed":false,"reason":"no-policy","rule":null,"tried":[],"hidden":[]})");
}

}  // namespace
}  // namespace fhirwall::decide
