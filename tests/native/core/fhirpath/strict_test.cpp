#include <algorithm>
#include <cstdio>

#include "tests/native/core/fhirpath/conformance_support.hpp"

// The static check: what can never yield anything is refused at compile time, with its place, and
// nothing else is. Both halves matter.
namespace fhirwall::fhirpath::test {
namespace {

const std::string kShared = FHIRWALL_SOURCE_DIR "/../shared/fhirpath/";

struct Case {
  const char* type;
  const char* expression;
  const char* outcome;  // "" when it compiles
};

std::string outcome(std::string_view type, std::string_view expression) {
  CompileOptions options;
  options.strict = true;
  options.focus = fhir::find_type(type);
  const CompileResult result = compile(expression, options);
  return result.program ? std::string()
                        : std::to_string(result.error.offset) + " " +
                              std::string(issue_name(result.error.code));
}

TEST(Strict, RefusesWhatCanNeverYieldAnything) {
  const Case cases[] = {
      {"Patient", "name.given1", "5 unknown-path"},
      {"Patient", "Encounter.name.given", "0 fhirpath-type"},
      {"Observation", "Observation.valueQuantity.unit", "12 unknown-path"},
      {"Observation", "(Observation.value as Period).unit", "30 unknown-path"},
      {"Patient", "Patient.children().skip(1)", "19 fhirpath-type"},
      {"Patient", "children()[0]", "11 fhirpath-type"},
      {"Patient", "descendants().first()", "14 fhirpath-type"},
      {"Patient", "children().where($this is HumanName).tail()", "37 fhirpath-type"},
      {"Patient", "(children() | name).last()", "20 fhirpath-type"},
      {"Patient", "name.select(children()).take(2)", "24 fhirpath-type"},
      {"Patient", "name.where(give = 'a')", "11 unknown-path"},
      {"Patient", "name.exists(given.exists(famly = 'a'))", "25 unknown-path"},
      {"Patient", "name.select(given).family", "19 unknown-path"},
      {"Patient", "name.first().period.begin", "20 unknown-path"},
      {"Patient", "name.distinct().line", "16 unknown-path"},
      {"Patient", "name.union(address).postcode", "20 unknown-path"},
      {"Patient", "iif(active, name, address).postcode", "27 unknown-path"},
      {"Patient", "coalesce(name, address).postcode", "24 unknown-path"},
      {"Patient", "name.sort(famly)", "10 unknown-path"},
      {"Patient", "name.sort(famly desc)", "10 unknown-path"},
      {"Patient", "name.all(famly.exists())", "9 unknown-path"},
      {"Patient", "name.trace('n', famly)", "16 unknown-path"},
      {"Patient", "name.count().family", "13 unknown-path"},
      {"Patient", "name.ofType(Address)", "5 fhirpath-type"},
      {"Patient", "name as Address", "0 fhirpath-type"},
      {"Patient", "today().month_", "8 unknown-path"},
      {"Patient", "name.type().nam", "12 unknown-path"},
      {"Questionnaire", "repeat(item).linkI", "13 unknown-path"},
      {"Questionnaire", "repeat(itm)", "7 unknown-path"},
      {"Questionnaire", "repeat(item).repeat(name)", "20 unknown-path"},
      {"Questionnaire", "repeatAll(item).answerOption.value.foo", "35 unknown-path"},
      {"ValueSet", "expansion.repeat(contains).concept", "27 unknown-path"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.type, one.expression), one.outcome) << one.expression;
  }
}

TEST(Strict, AcceptsTheRest) {
  const Case cases[] = {
      {"Patient", "name.given", ""},
      {"Patient", "Patient.name.given", ""},
      {"Patient", "Resource.id", ""},
      {"Patient", "DomainResource.text.`div`", ""},
      {"Observation", "value.unit", ""},
      {"Observation", "(value as Quantity).unit", ""},
      {"Observation", "value.ofType(Quantity).value > 3", ""},
      {"Patient", "children().where($this is HumanName)", ""},
      {"Patient", "children().sort($this.id).first()", ""},
      {"Patient", "children().anything", ""},
      {"Patient", "descendants().single()", ""},
      {"Patient", "name.skip(1).take(1).last()", ""},
      {"Patient", "(name | contact.name)[0].family", ""},
      {"Patient", "name.type().name", ""},
      {"Patient", "type().namespace", ""},
      {"Patient", "contained.code.text", ""},
      {"Patient", "contained.ofType(Observation).value.unit", ""},
      {"Patient", "managingOrganization.resolve().partOf", ""},
      {"Patient", "name.extension('u').value.unit", ""},
      {"Patient", "birthDate.extension('u')", ""},
      {"Patient", "name.given.id", ""},
      {"Patient", "%x.whatever", ""},
      {"Patient", "defineVariable('n', name).select(%n.given)", ""},
      {"Patient", "name.defineVariable('n', first()).family", ""},
      {"Patient", "iif(active, name, address).text", ""},
      {"Patient", "where(Patient.active).name", ""},
      {"Patient", "coalesce(name.family, 'x')", ""},
      {"Patient", "name.sort(-family, given.first() desc)[0]", ""},
      {"Questionnaire", "repeat(item).linkId", ""},
      {"Questionnaire", "repeat(item).repeat(item).linkId", ""},
      {"Questionnaire", "repeat(item | answerOption).value", ""},
      {"Questionnaire", "repeat(repeat(item)).anything", ""},
      {"ValueSet", "expansion.repeat(contains).code", ""},
      {"Bundle", "entry.resource.name.given", ""},
      {"Bundle", "repeat(entry.resource).id", ""},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(outcome(one.type, one.expression), one.outcome) << one.expression;
  }
}

// Loops of repeat() in loops are settled once each: the cost is not their product.
TEST(Strict, SettlesNestedRepeats) {
  std::string expression = "item";
  for (int i = 0; i < 12; ++i) {
    expression = "repeat(" + expression + ")";
  }
  EXPECT_EQ(outcome("Questionnaire", expression), "");
}

// --- The public suites.

fhir::TypeId type_of_input(Files& files, const Json& test) {
  const std::string file = test["inputfile"].text();
  const Resource* input = file.empty() ? nullptr : files.load(kShared + "input/" + file);
  return input == nullptr
             ? fhir::TypeId::kNone
             : fhir::find_resource_type(Json{&input->document(), 0}["resourceType"].text());
}

TEST(Strict, OfficialSuite) {
  Files files;
  const Resource* suite = files.load(kShared + "official-r4.json");
  const Resource* disputed = files.load(kShared + "disputed-r4.json");
  if (suite == nullptr || disputed == nullptr) {
    GTEST_SKIP() << "skipped: no suite at " << kShared;
  }
  std::map<std::string, std::string> disputes;
  for (const Json& one : Json{&disputed->document(), 0}.children()) {
    disputes.emplace(one["id"].text(), one["kind"].text());
  }
  const std::map<std::string, std::string> wanted = {
      {"testBasics/testSimpleFail", "5 unknown-path"},
      {"testBasics/testSimpleWithWrongContext", "0 fhirpath-type"},
      {"testObservations/testPolymorphismB", "12 unknown-path"},
      {"testObservations/testPolymorphismAsB", "30 unknown-path"},
      {"testDollar/testDollarOrderNotAllowed", "19 fhirpath-type"},
  };
  // The suite has it empty at run time, as it is here: a code can never be an id.
  const std::string never = "testInheritance/testFHIRPathAsFunction13";
  std::size_t refused = 0;
  std::size_t accepted = 0;
  for (const Json& test : Json{&suite->document(), 0}.children()) {
    const std::string id = test["id"].text();
    const std::string expression = test["expression"].text();
    const auto dispute = disputes.find(id);
    const std::string type(fhir::type_name(type_of_input(files, test)));
    if (dispute != disputes.end() && dispute->second == "static") {
      ASSERT_TRUE(wanted.count(id)) << id;
      EXPECT_EQ(outcome(type, expression), wanted.at(id)) << id << ": " << expression;
      ++refused;
    } else if (dispute == disputes.end() && !test["invalid"]) {
      EXPECT_EQ(outcome(type, expression), id == never ? "15 fhirpath-type" : "")
          << id << ": " << expression << " on " << type;
      ++accepted;
    }
  }
  std::printf("strict: %zu tests refused, %zu accepted\n", refused, accepted);
  EXPECT_EQ(refused, wanted.size());
  EXPECT_GT(accepted, 500u);
}

// The types of the element that a constraint stands on: `Patient.contact`, `Timing.repeat`.
std::vector<fhir::TypeId> types_of_path(std::string_view path) {
  std::size_t point = path.find('.');
  std::vector<fhir::TypeId> types = {fhir::find_type(path.substr(0, point))};
  while (point != std::string_view::npos) {
    path.remove_prefix(point + 1);
    point = path.find('.');
    std::string name(path.substr(0, point));
    if (name.ends_with("[x]")) {
      name.resize(name.size() - 3);
    }
    const fhir::Element* element = fhir::find_element(types.front(), name);
    if (element == nullptr) {
      return {};
    }
    const std::span<const fhir::TypeId> found = element->types;
    types.assign(found.begin(), found.end());
  }
  return types;
}

TEST(Strict, Constraints) {
  Files files;
  const Resource* corpus = files.load(kShared + "corpus-invariants-r4.json");
  if (corpus == nullptr) {
    GTEST_SKIP() << "skipped: no constraints at " << kShared;
  }
  // What R4's own constraints name and R4 does not have: ChargeItemDefinition.name, elements and
  // types of R4B, and the type MetadataResource.
  const std::set<std::string> not_r4 = {"cid-0", "evv-1", "dom-r4b"};
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const Json& one : Json{&corpus->document(), 0}.children()) {
    const std::string key = one["key"].text();
    const std::string expression = one["expression"].text();
    const std::string path = one["path"].text();
    if (path.starts_with("MetadataResource")) {
      continue;
    }
    const auto types = types_of_path(path);
    ASSERT_FALSE(types.empty()) << path;
    // One of a choice element's types will do.
    const bool compiles = std::any_of(types.begin(), types.end(), [&](fhir::TypeId type) {
      return outcome(fhir::type_name(type), expression).empty();
    });
    EXPECT_EQ(compiles, not_r4.count(key) == 0)
        << key << " on " << path << ": " << expression << ": "
        << outcome(fhir::type_name(types.front()), expression);
    ++(compiles ? accepted : refused);
  }
  std::printf("strict: %zu constraints, %zu refused\n", accepted, refused);
  EXPECT_EQ(refused, not_r4.size());
  EXPECT_GT(accepted, 200u);
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
