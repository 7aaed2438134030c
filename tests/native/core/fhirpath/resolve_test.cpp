// resolve(), %resource and %rootResource: what stands around an element.
#include "core/fhirpath/resolve.hpp"

#include <memory>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

void check(std::string_view json, const std::vector<Case>& cases, const EvalOptions& options = {}) {
  for (const Case& c : cases) {
    EXPECT_EQ(eval(c.expression, json, options), c.expected) << c.expression;
  }
}

// With a setting of the input that EvalOptions does not have.
std::string eval_with(std::string_view expression, std::string_view json, auto&& set) {
  const CompileResult compiled = compile(expression, CompileOptions{});
  EXPECT_NE(compiled.program, nullptr) << expression << ": " << compiled.error.message;
  const Resource resource(json);
  Input input;
  input.document = &resource.document();
  set(input, resource.document());
  Scratch scratch;
  std::vector<Item> items;
  const EvaluationError error = evaluate(*compiled.program, input, Limits{}, scratch, items);
  if (error) {
    return std::string("error ").append(error_name(error.error.code));
  }
  std::string out;
  for (const Item& item : items) {
    out += (out.empty() ? "" : ", ") + text_of(item, scratch.documents);
  }
  return out.empty() ? "{}" : out;
}

TEST(Resolve, ContainedResourcesAndTheContainer) {
  constexpr const char* kJson =
      R"({"resourceType":"Observation","id":"o","contained":[)"
      R"({"resourceType":"Patient","id":"p","managingOrganization":{"reference":"#q\u0031"},)"
      R"("link":[{"other":{"reference":"#"}}]},)"
      R"({"resourceType":"Organization","id":"q1"},{"resourceType":"Unknown","id":"u"}],)"
      R"("subject":{"reference":"#p"},"performer":[{"reference":"#missing"},{"reference":"#"},)"
      R"({"reference":"#u"},{"reference":"#q1"},{"display":"d"}]})";
  check(kJson, {
                   {"subject.resolve().id", "FHIR.id 'p'"},
                   {"subject.resolve() is Patient", "Boolean true"},
                   {"subject.resolve().managingOrganization.resolve().id", "FHIR.id 'q1'"},
                   // From inside of what is contained, `#` is still the container.
                   {"subject.resolve().link.other.resolve().id", "FHIR.id 'o'"},
                   {"performer.resolve().id", "FHIR.id 'o', FHIR.id 'q1'"},
                   {"performer[0].resolve()", "{}"},
                   {"performer[4].resolve()", "{}"},
                   {"'#q1'.resolve().id", "FHIR.id 'q1'"},
                   {"subject.reference.resolve().id", "FHIR.id 'p'"},
                   {"code.resolve()", "{}"},
                   {"id.resolve()", "{}"},
                   {"contained.resolve()", "{}"},
                   {"5.resolve()", "{}"},
                   {"{}.resolve()", "{}"},
                   {"subject.resolve(1)", "refused@8 fhirpath-arity"},
               });
}

TEST(Resolve, StubsSayTheType) {
  constexpr const char* kJson =
      R"({"resourceType":"Observation","performer":[{"reference":"Practitioner/1"},)"
      R"({"reference":"http://example.org/fhir/Patient/2/_history/3"},)"
      R"({"reference":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},)"
      R"({"reference":"Patient?identifier=a"},{"reference":"Unknown/1"},{"reference":""},)"
      R"({"type":"Organization","identifier":{"value":"v"}},{"type":"Nothing"},)"
      R"({"_reference":{"id":"x"}}],"instantiatesCanonical":[],)"
      R"("meta":{"profile":["http://example.org/StructureDefinition/a|1.0"],"source":)"
      R"("Device\/5"}})";
  check(kJson, {
                   {"performer[0].resolve()", "stub Practitioner"},
                   {"performer[0].resolve().resourceType", "typename Practitioner"},
                   {"performer[0].resolve().name", "{}"},
                   {"performer[1].resolve()", "stub Patient"},
                   {"performer.skip(2).resolve()", "stub Organization"},
                   {"performer.resolve().where($this is Patient).count()", "Integer 1"},
                   {"meta.profile.resolve()", "stub StructureDefinition"},
                   {"meta.source.resolve()", "stub Device"},
                   {"('Patient/1' | 'http://a/Group/2').resolve()", "stub Patient, stub Group"},
                   {"'Patient'.resolve()", "{}"},
                   {"'Patient/a b'.resolve()", "{}"},
               });
}

constexpr const char* kBundle =
    R"({"resourceType":"Bundle","type":"collection","entry":[)"
    R"({"fullUrl":"http://a.org/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1",)"
    R"("active":true,"generalPractitioner":[{"reference":"Practitioner/2"},)"
    R"({"reference":"#c"},{"reference":"#"}],"contained":[{"resourceType":"Organization",)"
    R"("id":"c","alias":["in entry"]}]}},)"
    R"({"fullUrl":"http://a.org/fhir/Practitioner/2","resource":{"resourceType":"Practitioner",)"
    R"("id":"2","gender":"female"}},)"
    R"({"fullUrl":"http://b.org/fhir/Practitioner/2","resource":{"resourceType":"Practitioner",)"
    R"("id":"2","gender":"male"}},)"
    R"({"fullUrl":"urn:uuid:c757873d-ec9a-4326-a141-556f43239520","resource":{"resourceType":)"
    R"("Observation","subject":{"reference":"Patient/1"},"performer":[)"
    R"({"reference":"http://b.org/fhir/Practitioner/2"},)"
    R"({"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"},)"
    R"({"reference":"Practitioner/2"},{"reference":"Practitioner/3/_history/2"},)"
    R"({"reference":"http://a.org/fhir/Patient/9"}]}},)"
    R"({"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":)"
    R"("Group","id":"g","member":[{"entity":{"reference":"Device\/7"}}]}},)"
    R"({"resource":{"resourceType":"Device","id":"7","distinctIdentifier":"d"}},)"
    R"({"fullUrl":"http:\/\/c.org\/Practitioner\/3","resource":{"resourceType":"Practitioner",)"
    R"("id":"3","meta":{"versionId":"1"},"gender":"other"}},)"
    R"({"fullUrl":"http://c.org/Practitioner/3","resource":{"resourceType":"Practitioner",)"
    R"("id":"3","meta":{"versionId":"2"},"gender":"unknown"}},)"
    R"({"fullUrl":"http://a.org/fhir/Patient/8"}]})";

TEST(Resolve, EntriesOfTheBundle) {
  check(kBundle,
        {
            // The base of the entry's own fullUrl completes a relative reference.
            {"entry[0].resource.generalPractitioner[0].resolve().gender", "FHIR.code 'female'"},
            {"entry[0].resource.generalPractitioner[1].resolve().alias", "FHIR.string 'in entry'"},
            {"entry[0].resource.generalPractitioner[2].resolve().active", "FHIR.boolean true"},
            // Without such a base, type and id decide; two answers are none.
            {"entry[3].resource.subject.resolve().active", "FHIR.boolean true"},
            {"entry[3].resource.performer[2].resolve()", "stub Practitioner"},
            {"entry[4].resource.member.entity.resolve().distinctIdentifier", "FHIR.string 'd'"},
            // Absolute references and URNs.
            {"entry[3].resource.performer[0].resolve().gender", "FHIR.code 'male'"},
            {"entry[3].resource.performer[1].resolve().id", "FHIR.id 'g'"},
            {"entry[3].resource.performer[3].resolve().gender", "FHIR.code 'unknown'"},
            {"entry[3].resource.performer[4].resolve()", "stub Patient"},
            {"'http://c.org/Practitioner/3/_history/1'.resolve()", "stub Practitioner"},
            // The Bundle itself stands in no entry.
            {"'#c'.resolve()", "{}"},
        });
}

TEST(Resolve, NeitherEntriesNorForeignUrlsInAWriteConstraint) {
  const std::string_view base = "http://a.org/fhir";
  const auto local = [&base](Input& input, const json::Document&) {
    input.local_references = true;
    input.base_urls = {&base, 1};
  };
  for (const Case& c : std::vector<Case>{
           {"entry[0].resource.generalPractitioner[0].resolve()", "stub Practitioner"},
           {"entry[0].resource.generalPractitioner[1].resolve().alias", "FHIR.string 'in entry'"},
           {"entry[3].resource.performer[0].resolve()", "{}"},
           {"entry[3].resource.performer[1].resolve()", "{}"},
           {"entry[3].resource.performer[3].resolve()", "stub Practitioner"},
           {"entry[3].resource.performer[4].resolve()", "stub Patient"},
           {"'http://a.org/fhirx/Patient/1'.resolve()", "{}"},
           {"'Patient?identifier=a'.resolve()", "{}"},
       }) {
    EXPECT_EQ(eval_with(c.expression, kBundle, local), c.expected) << c.expression;
  }
}

TEST(Resolve, WithoutAModelEverythingIsPlainJson) {
  EvalOptions untyped;
  untyped.untyped = true;
  check(R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p"}],)"
        R"("subject":{"reference":"#p"}})",
        {{"subject.resolve().id", "JSON 'p'"}}, untyped);
}

TEST(Resolve, TakesStepsForEveryEntry) {
  std::string json = R"({"resourceType":"Bundle","entry":[)";
  for (int i = 0; i < 300; ++i) {
    json += std::string(i == 0 ? "" : ",") + R"({"fullUrl":"http://a.org/Patient/)" +
            std::to_string(i) +
            R"(","resource":{"resourceType":"Patient","link":[{"other":{"reference":)"
            R"("http://a.org/Patient/1000"}}]}})";
  }
  json += "]}";
  EvalOptions options;
  EXPECT_EQ(eval("entry.resource.link.other.resolve().count()", json, options), "Integer 300");
  options.limits.max_evaluation_steps = 50'000;
  EXPECT_EQ(eval("entry.resource.link.other.resolve().count()", json, options),
            "error expression-too-complex@0");
}

// --- %resource, %rootResource, %context

json::NodeIndex find_path(const json::Document& document, const std::vector<const char*>& path) {
  json::NodeIndex node = 0;
  for (const char* key : path) {
    node = document.is_array(node) ? json::Document::first_child(node) : document.find(node, key);
    EXPECT_NE(node, json::kNoNode) << key;
  }
  return node;
}

TEST(EnclosingResource, OfAFocusInsideAResource) {
  constexpr const char* kJson =
      R"({"resourceType":"Bundle","id":"b","entry":[{"resource":{"resourceType":"Patient",)"
      R"("id":"p","contained":[{"resourceType":"Organization","id":"o","contact":[)"
      R"({"name":{"family":"F"}}]}],"name":[{"family":"G"}]}}],"link":[{"url":"u"}]})";
  struct Place {
    std::vector<const char*> path;
    const char* type;
    const char* expected;
  };
  for (const Place& place : std::vector<Place>{
           {{}, "", "FHIR.id 'b', FHIR.id 'b'"},
           {{"link", ""}, "Bundle.link", "FHIR.id 'b', FHIR.id 'b'"},
           {{"entry", ""}, "Bundle.entry", "FHIR.id 'b', FHIR.id 'b'"},
           {{"entry", "", "resource"}, "", "FHIR.id 'p', FHIR.id 'p'"},
           {{"entry", "", "resource", "name", ""}, "HumanName", "FHIR.id 'p', FHIR.id 'p'"},
           {{"entry", "", "resource", "contained", ""}, "", "FHIR.id 'o', FHIR.id 'p'"},
           {{"entry", "", "resource", "contained", "", "contact", "", "name"},
            "HumanName",
            "FHIR.id 'o', FHIR.id 'p'"},
       }) {
    const auto set = [&place](Input& input, const json::Document& document) {
      input.focus = find_path(document, place.path);
      input.type = *place.type == '\0' ? fhir::TypeId::kNone : fhir::find_type(place.type);
    };
    EXPECT_EQ(eval_with("%resource.id.combine(%rootResource.id)", kJson, set), place.expected)
        << place.path.size();
    EXPECT_EQ(eval_with("%context = $this", kJson, set), "Boolean true");
  }
}

TEST(EnclosingResource, IsTheDocumentWhereThereIsNone) {
  const auto inside = [](Input& input, const json::Document& document) {
    input.focus = document.find(0, "b");
  };
  EXPECT_EQ(eval_with("%resource.a", R"({"a":1,"b":{"c":2}})", inside), "JSON 1");
  EXPECT_EQ(eval_with("%rootResource.b.c", R"({"a":1,"b":{"c":2}})", inside), "JSON 2");
  EXPECT_EQ(eval_with("%context.c", R"({"a":1,"b":{"c":2}})", inside), "JSON 2");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
