#include "core/search/custom.hpp"

#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/search/compiled.hpp"
#include "tests/native/core/search/support.hpp"

namespace fhirwall::search::test {
namespace {

std::string summary(const Issues& issues) {
  std::string out;
  for (const Issue& issue : issues.list()) {
    out += concat(out.empty() ? "" : " ", issue_name(issue.code), "@", issue.path);
    if (issue.offset != 0) {
      out += concat(":", std::to_string(issue.offset));
    }
  }
  return out;
}

// Reads what is supplied: parameters first, then definitions.
std::string read(const std::vector<std::string>& params,
                 const std::vector<std::string>& compartments, Custom& out,
                 const Limits& limits = {}) {
  Issues issues;
  for (const std::string& json : params) {
    const Resource resource(json);
    read_search_parameter(resource.document(), 0, "p", limits, issues, out);
  }
  for (const std::string& json : compartments) {
    const Resource resource(json);
    read_compartment_definition(resource.document(), 0, "c", issues, out);
  }
  return summary(issues);
}

std::string param(const std::string& members) {
  return concat(R"({"resourceType":"SearchParameter",)", members, "}");
}
std::string compartment(const std::string& members) {
  return concat(R"({"resourceType":"CompartmentDefinition",)", members, "}");
}

std::shared_ptr<Custom> supplied(const std::vector<std::string>& params,
                                 const std::vector<std::string>& compartments = {}) {
  auto custom = std::make_shared<Custom>();
  EXPECT_EQ(read(params, compartments, *custom), "");
  return custom;
}

std::shared_ptr<const Criteria> compile_custom(std::string_view criteria,
                                               const std::shared_ptr<const Custom>& custom,
                                               Issues& issues) {
  CompileOptions options;
  options.custom = custom;
  return compile(criteria, type_of(criteria), options, "criteria", issues);
}

std::string match_custom(std::string_view criteria, std::string_view json,
                         const std::shared_ptr<const Custom>& custom,
                         Purpose purpose = Purpose::kRead) {
  Issues issues;
  const auto compiled = compile_custom(criteria, custom, issues);
  if (!compiled) {
    return summary(issues);
  }
  const Resource resource(json);
  Scratch scratch;
  Error error;
  const bool result = matches(*compiled, {resource.document(), 0, resource.type(), purpose},
                              Limits{}, scratch, error);
  EXPECT_FALSE(error);
  return result ? "yes" : "no";
}

const std::string kEye = param(
    R"x("url":"http://x.test/eye","name":"eye","status":"retired","code":"eye-color","base":["Patient"],"type":"token",
       "expression":"Patient.extension('http://x.test/eye').value.ofType(CodeableConcept)")x");

TEST(CustomParam, IsUsedLikeAnyOther) {
  const auto custom = supplied({
      kEye,
      param(R"("code":"city","base":["Patient","Organization"],"type":"string",
               "expression":"Patient.address.city | Organization.address.city")"),
      param(R"("code":"account-of","base":["Resource"],"type":"reference","target":["Organization"],
               "expression":"Resource.meta.account","extension":[],"xpath":null,"description":"a")"),
      param(R"("code":"narrated","base":["DomainResource"],"type":"token",
               "expression":"text.status")"),
      param(R"x("code":"weight","base":["Observation"],"type":"quantity",
               "expression":"Observation.value.ofType(Quantity)")x"),
      param(R"("code":"seen","base":["Observation"],"type":"date","expression":"issued")"),
      param(R"x("code":"born","base":["Patient"],"type":"number",
               "expression":"Patient.multipleBirth.ofType(integer)")x"),
      param(R"("code":"web","base":["Patient"],"type":"uri","expression":"Patient.photo.url")"),
  });
  EXPECT_EQ(custom->params.size(), 8u);
  EXPECT_TRUE(std::is_sorted(custom->params.begin(), custom->params.end(),
                             [](const auto& a, const auto& b) { return a.code < b.code; }));
  const std::string eyes =
      R"({"resourceType":"Patient","extension":[{"url":"http://x.test/eye","valueCodeableConcept":{"coding":[{"system":"s","code":"blue"}]}}],
          "address":[{"city":"Lund"}],"multipleBirthInteger":2,"photo":[{"url":"http://a"}],
          "text":{"status":"generated"},"meta":{"account":{"reference":"Organization/1"}}})";
  const struct {
    const char* criteria;
    std::string json;
    const char* expected;
  } rows[] = {
      {"Patient?eye-color=blue", eyes, "yes"},
      {"Patient?eye-color=s|blue", eyes, "yes"},
      {"Patient?eye-color=green", eyes, "no"},
      {"Patient?eye-color:not=green", eyes, "yes"},
      {"Patient?eye-color:missing=true", R"({"resourceType":"Patient"})", "yes"},
      {"Patient?city=lun", eyes, "yes"},
      {"Patient?city:exact=lund", eyes, "no"},
      {"Organization?city=x", R"({"resourceType":"Organization","address":[{"city":"xy"}]})",
       "yes"},
      {"Practitioner?city=x", "{}", "unknown-parameter@criteria:13"},
      {"Practitioner?eye-color=x", "{}", "unknown-parameter@criteria:13"},
      {"*?eye-color=x", "{}", "unknown-parameter@criteria:2"},
      {"Patient?account-of=Organization/1", eyes, "yes"},
      {"Patient?account-of=1", eyes, "yes"},
      {"Patient?account-of:Organization=1", eyes, "yes"},
      {"Patient?account-of:Patient=1", eyes, "unsupported-modifier@criteria:19"},
      {"*?account-of=Organization/1", eyes, "yes"},
      {"*?account-of=Organization/2", eyes, "no"},
      {"Patient?narrated=generated", eyes, "yes"},
      {"*?narrated=generated", eyes, "unknown-parameter@criteria:2"},
      {"Binary?narrated=generated", "{}", "unknown-parameter@criteria:7"},
      {"Binary?account-of=Organization/1", R"({"resourceType":"Binary"})", "no"},
      {"Patient?born=gt1", eyes, "yes"},
      {"Patient?born=lt2", eyes, "no"},
      {"Patient?web=http://a", eyes, "yes"},
      {"Patient?web:below=http://a", eyes, "yes"},
      {"Observation?weight=ge4000|http://unitsofmeasure.org|g",
       R"({"resourceType":"Observation","valueQuantity":{"value":4,"system":"http://unitsofmeasure.org","code":"kg"}})",
       "yes"},
      {"Observation?seen=2024", R"({"resourceType":"Observation","issued":"2024-02-01T00:00:00Z"})",
       "yes"},
      // A malformed element satisfies nothing (SPEC 5.5).
      {"Patient?city:not=a", R"({"resourceType":"Patient","address":[{"city":{}}]})", "no"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(match_custom(row.criteria, row.json, custom), row.expected) << row.criteria;
  }
  Issues issues;
  EXPECT_FALSE(compile_custom("Patient?eye-colour=x", custom, issues));
  EXPECT_NE(issues.list().front().message.find("did you mean `eye-color`?"), std::string::npos);
}

TEST(CustomParam, Refusals) {
  const std::string name = R"("base":["Patient"],"type":"string","expression":"name.given")";
  const struct {
    std::string json;
    const char* expected;
  } rows[] = {
      {"1", "wrong-type@p"},
      {param(R"("code":"a")"),
       "missing-property@p.type missing-property@p.expression missing-property@p.base"},
      {param(R"("code":"a","base":["Patient"],"type":"","expression":"")"),
       "missing-property@p.type missing-property@p.expression"},
      {param(R"("code":"a","base":[],"type":"string","expression":"name.given")"),
       "missing-property@p.base"},
      {R"({"resourceType":"Patient","code":"a",)" + name + "}",
       "unknown-resource-type@p.resourceType"},
      {R"({"code":"a",)" + name + "}", "missing-property@p.resourceType"},
      {param(name), "missing-property@p.code"},
      {param(R"("code":null,)" + name), "missing-property@p.code"},
      {param(R"("code":1,)" + name), "wrong-type@p.code"},
      {param(R"("code":"a","expresion":"x",)" + name), "unknown-property@p.expresion"},
      {param(R"("code":"a","modifierExtension":[],)" + name),
       "unsupported-feature@p.modifierExtension"},
      {param(R"("code":"a","base":"Patient","type":"string","expression":"name.given")"),
       "wrong-type@p.base missing-property@p.base"},
      // What criteria cannot spell, and what FHIR defines for all types.
      {param(R"("code":"",)" + name), "missing-property@p.code"},
      {param(R"("code":"_a",)" + name), "invalid-value@p.code"},
      {param(R"("code":"a:b",)" + name), "invalid-value@p.code"},
      {param(R"("code":"a.b",)" + name), "invalid-value@p.code"},
      {param(R"("code":"1",)" + name), "invalid-value@p.code"},
      // Nothing built in is overridden, nor anything supplied twice.
      {param(R"("code":"gender",)" + name), "inconsistent-input@p.base[0]"},
      {param(R"("code":"name","base":["Resource"],"type":"uri","expression":"meta.source")"),
       "inconsistent-input@p.base[0]"},
      {param(
           R"("code":"a","base":["Patient","Patient"],"type":"string","expression":"name.given")"),
       "inconsistent-input@p.base[1]"},
      {param(R"("code":"a","base":["DomainResource","Patient"],"type":"token","expression":"id")"),
       "inconsistent-input@p.base[1]"},
      {param(R"("code":"a","base":["Nope",3],"type":"string","expression":"name.given")"),
       "unknown-resource-type@p.base[0] wrong-type@p.base[1]"},
      {param(R"("code":"a","base":["HumanName"],"type":"string","expression":"given")"),
       "unknown-resource-type@p.base[0]"},
      {param(R"("code":"a","base":["Patient"],"type":"composite","expression":"name")"),
       "unsupported-feature@p.type"},
      {param(R"("code":"a","base":["Patient"],"type":"special","expression":"name")"),
       "unsupported-feature@p.type"},
      {param(R"("code":"a","base":["Patient"],"type":"text","expression":"name")"),
       "invalid-value@p.type"},
      // Every problem is reported (SPEC 1.3), with its place in the expression.
      {param(R"("code":"_a","base":["Patient"],"type":"text","expression":"name.givn")"),
       "invalid-value@p.code invalid-value@p.type unknown-path@p.expression:5"},
      {param(R"("code":"a","base":["Patient"],"type":"string","expression":"name..given")"),
       "fhirpath-syntax@p.expression:5"},
      {param(R"("code":"a","base":["Practitioner"],"type":"string","expression":"Patient.name")"),
       "fhirpath-type@p.expression"},
      {param(R"("code":"a","base":["Resource"],"type":"string","expression":"Patient.name")"),
       "fhirpath-type@p.expression"},
      {param(R"("code":"a","base":["Resource"],"type":"token","expression":"text.status")"),
       "unknown-path@p.expression"},
      {param(R"("code":"a","base":["Patient","Group"],"type":"date","expression":"birthDate")"),
       "unknown-path@p.expression"},
      {param(R"("code":"a","base":["Patient"],"type":"date","expression":"Patient.name")"),
       "unsupported-parameter@p.expression"},
      {param(R"("code":"a","base":["Patient"],"type":"quantity","expression":"Patient.gender")"),
       "unsupported-parameter@p.expression"},
      {param(R"x("code":"a","base":["Patient"],"type":"date","expression":"now()")x"),
       "fhirpath-"
       "unsupported@p."
       "expression"},
      {param(R"("code":"a","base":["Patient"],"type":"string","expression":"%profile")"),
       "fhirpath-unsupported@p.expression"},
      {param(
           R"("code":"a","base":["Patient"],"type":"reference","target":["Nope"],"expression":"Patient.link.other")"),
       "unknown-resource-type@p.target[0]"},
  };
  for (const auto& row : rows) {
    Custom custom;
    EXPECT_EQ(read({row.json}, {}, custom), row.expected) << row.json;
    EXPECT_TRUE(custom.params.empty()) << row.json;
  }
  Custom custom;
  EXPECT_EQ(read({kEye, kEye}, {}, custom), "inconsistent-input@p.base[0]");
  EXPECT_EQ(custom.params.size(), 1u);
  Limits limits;
  limits.max_expression_bytes = 3;
  Custom none;
  EXPECT_EQ(read({kEye}, {}, none, limits), "limit-exceeded@p.expression");
}

TEST(CustomParam, OneCodeMayMeanDifferentThingsOfDifferentTypes) {
  const auto custom =
      supplied({param(R"("code":"a","base":["Patient"],"type":"token","expression":"active")"),
                param(R"("code":"a","base":["Group"],"type":"string","expression":"name")")});
  EXPECT_EQ(match_custom("Patient?a=true", R"({"resourceType":"Patient","active":true})", custom),
            "yes");
  EXPECT_EQ(match_custom("Group?a=tr", R"({"resourceType":"Group","name":"true"})", custom), "yes");
}

// A parameter for every type is one program, not one for each.
TEST(CustomParam, AllTypesShareOneProgram) {
  const auto custom = supplied(
      {param(R"("code":"a","base":["Resource"],"type":"uri","expression":"meta.source")")});
  const CustomParam& all = custom->params.front();
  EXPECT_EQ(all.bases.size(), fhir::resource_types().size() + 1);
  for (const CustomParam::Base& base : all.bases) {
    EXPECT_EQ(base.program, all.bases.front().program);
  }
}

const std::string kOrganization = compartment(
    R"("url":"http://x.test/c","code":"Organization","search":true,"resource":[
        {"code":"Patient","param":["organization","insurer"]},{"code":"Organization","param":["{def}","partof"]},
        {"code":"Observation","param":["performer"],"documentation":"a"},{"code":"Practitioner"}])");
const std::string kInsurer = param(
    R"x("code":"insurer","base":["Patient"],"type":"reference","target":["Organization"],
       "expression":"Patient.extension('http://x.test/insurer').value.ofType(Reference)")x");

TEST(CustomCompartment, DecidesMembership) {
  const auto custom = supplied({kInsurer}, {kOrganization});
  const std::string managed =
      R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/1"}})";
  const std::string insured =
      R"({"resourceType":"Patient","extension":[{"url":"http://x.test/insurer","valueReference":{"reference":"Organization/1/_history/2"}}]})";
  const std::string uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const struct {
    std::string criteria;
    std::string json;
    const char* expected;
  } rows[] = {
      {"Patient?_compartment=Organization/1", managed, "yes"},
      {"Patient?_compartment=Organization/2", managed, "no"},
      {"Patient?_compartment=Patient/1", managed, "no"},
      {"Patient?_compartment=Organization/1", insured, "yes"},
      {"Patient?_compartment:not=Organization/1", insured, "no"},
      {"Patient?_compartment:not=Organization/2", insured, "yes"},
      {"*?_compartment=Organization/1", insured, "yes"},
      {"Patient?_compartment=Organization/1",
       R"({"resourceType":"Patient","managingOrganization":{"reference":"Practitioner/1"}})", "no"},
      {"Patient?_compartment=Organization/1",
       R"({"resourceType":"Patient","managingOrganization":{"reference":"#1"}})", "no"},
      {"Patient?_compartment=" + uuid,
       R"({"resourceType":"Patient","managingOrganization":{"reference":"Organization/)" + uuid +
           R"("}})",
       "yes"},
      // What is stored decides about Patient, account and Project; other definitions are computed
      // beside it (SPEC 5.6).
      {"Patient?_compartment=Organization/1",
       R"({"resourceType":"Patient","meta":{"compartment":[]},"managingOrganization":{"reference":"Organization/1"}})",
       "yes"},
      {"Observation?_compartment=Organization/1",
       R"({"resourceType":"Observation","performer":[{"reference":"Practitioner/1"},{"reference":"Organization/1"}]})",
       "yes"},
      // A resource of the compartment's own type is in its own compartment.
      {"Organization?_compartment=Organization/1", R"({"resourceType":"Organization","id":"1"})",
       "yes"},
      {"Organization?_compartment=Organization/2", R"({"resourceType":"Organization","id":"1"})",
       "no"},
      {"Organization?_compartment=Organization/2",
       R"({"resourceType":"Organization","id":"1","partOf":{"reference":"Organization/2"}})",
       "yes"},
      {"Practitioner?_compartment=Organization/1", R"({"resourceType":"Practitioner","id":"1"})",
       "no"},
      // The definitions of the tables stay as they are.
      {"Observation?_compartment=Patient/1",
       R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})", "yes"},
      {"Patient?_compartment=Patient/1", R"({"resourceType":"Patient","id":"1"})", "yes"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(match_custom(row.criteria, row.json, custom), row.expected)
        << row.criteria << row.json;
    EXPECT_EQ(match_custom(row.criteria, row.json, custom, Purpose::kWriteResult), row.expected)
        << row.criteria << row.json;
  }
  // Without the definition there is no such compartment.
  EXPECT_EQ(match_custom("Patient?_compartment=Organization/1", managed, nullptr), "no");
  EXPECT_EQ(match_custom("Organization?_compartment=Organization/1",
                         R"({"resourceType":"Organization","id":"1"})", nullptr),
            "no");
}

TEST(CustomCompartment, Refusals) {
  const struct {
    std::string json;
    const char* expected;
  } rows[] = {
      {"[]", "wrong-type@c"},
      {R"({"resourceType":"SearchParameter","code":"Organization"})",
       "unknown-resource-type@c.resourceType"},
      {compartment(R"("search":true)"), "missing-property@c.code"},
      {compartment(R"("code":"")"), "missing-property@c.code"},
      {compartment(R"("code":"Organization","resource":[{"code":"","param":["a"]}])"),
       "missing-property@c.resource[0].code"},
      {compartment(R"("code":"Nope")"), "unknown-resource-type@c.code"},
      {compartment(R"("code":"Patient")"), "inconsistent-input@c.code"},
      {compartment(R"("code":"Device")"), "inconsistent-input@c.code"},
      {compartment(R"("code":"Project")"), "inconsistent-input@c.code"},
      {compartment(R"("code":"Organization","resources":[])"), "unknown-property@c.resources"},
      {compartment(R"("code":"Organization","resource":{})"), "wrong-type@c.resource"},
      {compartment(R"("code":"Organization","resource":[1,{"params":[]}])"),
       "wrong-type@c.resource[0] unknown-property@c.resource[1].params "
       "missing-property@c.resource[1].code"},
      {compartment(R"("code":"Organization","resource":[{"code":"Nope"}])"),
       "unknown-resource-type@c.resource[0].code"},
      {compartment(R"("code":"Organization","resource":[{"code":"Group"},{"code":"Group"}])"),
       "inconsistent-input@c.resource[1].code"},
      {compartment(R"("code":"Organization","resource":[{"code":"Patient","param":["nope",1]}])"),
       "unknown-parameter@c.resource[0].param[0] wrong-type@c.resource[0].param[1]"},
      {compartment(R"("code":"Organization","resource":[{"code":"Patient","param":["{def}"]}])"),
       "unknown-parameter@c.resource[0].param[0]"},
      {compartment(R"("code":"Organization","resource":[{"code":"Patient","param":["gender"]}])"),
       "unsupported-parameter@c.resource[0].param[0]"},
      // What a client can put into `meta` puts nothing in a compartment.
      {compartment(
           R"("code":"Organization","resource":[{"code":"Patient","param":["_account","_compartment","_project"]}])"),
       "unsupported-parameter@c.resource[0].param[0] unsupported-parameter@c.resource[0].param[1] "
       "unsupported-parameter@c.resource[0].param[2]"},
  };
  for (const auto& row : rows) {
    Custom custom;
    EXPECT_EQ(read({}, {row.json}, custom), row.expected) << row.json;
    EXPECT_TRUE(custom.compartments.empty()) << row.json;
  }
  Custom custom;
  EXPECT_EQ(read({kInsurer}, {kOrganization, kOrganization}, custom), "inconsistent-input@c.code");
  EXPECT_EQ(custom.compartments.size(), 1u);
}

TEST(Custom, CanonicalTextSaysWhatDecides) {
  const auto text = [](const std::vector<std::string>& params,
                       const std::vector<std::string>& compartments) {
    std::string out;
    append_canonical(*supplied(params, compartments), out);
    return out;
  };
  const std::string plain = text({kEye, kInsurer}, {kOrganization});
  EXPECT_EQ(plain, text({kInsurer, kEye}, {kOrganization}));
  std::string described = kEye;
  described.insert(1, R"("description":"x",)");
  EXPECT_EQ(plain, text({described, kInsurer}, {kOrganization}));
  const auto changed = [](std::string json, std::string_view from, std::string_view to) {
    json.replace(json.find(from), from.size(), to);
    return json;
  };
  for (const auto& [from, to] :
       {std::pair("eye-color", "iris"), std::pair("\"Patient\"", "\"Group\""),
        std::pair("token", "string")}) {
    if (std::string_view(from) == "\"Patient\"") {
      const std::string group = changed(changed(kEye, from, to), "Patient.", "");
      EXPECT_NE(plain, text({group, kInsurer}, {kOrganization}));
      continue;
    }
    if (std::string_view(from) == "token") {
      const std::string string = changed(changed(kEye, from, to), "CodeableConcept", "string");
      EXPECT_NE(plain, text({string, kInsurer}, {kOrganization}));
      continue;
    }
    EXPECT_NE(plain, text({changed(kEye, from, to), kInsurer}, {kOrganization})) << from;
  }
  EXPECT_NE(plain,
            text({changed(kEye, "x.test/eye').v", "x.test/eyes').v"), kInsurer}, {kOrganization}));
  EXPECT_NE(plain, text({kEye, changed(kInsurer, "[\"Organization\"]", "[]")}, {kOrganization}));
  EXPECT_NE(plain, text({kEye, kInsurer}, {changed(kOrganization, "\"partof\"", "\"{def}\"")}));
  EXPECT_NE(plain, text({kEye, kInsurer}, {}));
}

}  // namespace
}  // namespace fhirwall::search::test
