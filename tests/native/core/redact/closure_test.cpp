#include "core/redact/closure.hpp"

#include "closure_support.hpp"

namespace fhirwall::redact {
namespace {

using testing::World;

struct Row {
  const char* what;
  const char* input;
  const char* output;
};

void check(World& world, const std::vector<Row>& table) {
  for (const Row& row : table) {
    const std::string out = world.redacted(row.input);
    EXPECT_EQ(out, row.output) << row.what << "\n  " << row.input;
    EXPECT_EQ(world.redacted(out), out) << row.what << ": not idempotent";
  }
}

// Rows in which `subject` of an Observation stands, as it was and as it is left.
void check_subject(World& world, const std::vector<Row>& table) {
  for (const Row& row : table) {
    const std::string head = R"({"resourceType":"Observation")";
    const std::string tail = R"(,"status":"final"})";
    const auto with = [&](const std::string& subject) {
      return subject.empty() ? head + tail : head + R"(,"subject":)" + subject + tail;
    };
    const std::string input = with(row.input);
    EXPECT_EQ(world.redacted(input), with(row.output)) << row.what;
    // The same with an extension somewhere, which makes everything be looked at.
    const std::string extended = R"(,"extension":[{"url":"u"}]})";
    EXPECT_EQ(world.redacted(input.substr(0, input.size() - 1) + extended),
              with(row.output).substr(0, with(row.output).size() - 1) + extended)
        << row.what;
  }
}

TEST(Closure, ReferencesToHiddenLabels) {
  World world;
  world.labels("Patient");
  check_subject(
      world, {
                 {"7.3 c by text", R"({"reference":"Patient/1","display":"A"})",
                  R"({"reference":"Patient/1"})"},
                 {"with its sibling", R"({"_display":{"id":"x"},"reference":"Patient/1"})",
                  R"({"reference":"Patient/1"})"},
                 {"any shape", R"({"reference":"Patient/1","display":{"a":["A"]},"_display":7})",
                  R"({"reference":"Patient/1"})"},
                 {"escaped", R"({"r\u0065ference":"P\u0061tient/1","dis\u0070lay":"A"})",
                  R"({"r\u0065ference":"P\u0061tient/1"})"},
                 {"versioned", R"({"reference":"Patient/1/_history/2","display":"A"})",
                  R"({"reference":"Patient/1/_history/2"})"},
                 {"absolute", R"({"reference":"http://a.org/fhir/Patient/1","display":"A"})",
                  R"({"reference":"http://a.org/fhir/Patient/1"})"},
                 {"query", R"({"reference":"Patient?identifier=a/Group/b","display":"A"})",
                  R"({"reference":"Patient?identifier=a/Group/b"})"},
                 {"another type", R"({"reference":"Group/1","display":"A"})",
                  R"({"reference":"Group/1","display":"A"})"},
                 {"by type", R"({"type":"Patient","display":"A"})", R"({"type":"Patient"})"},
                 {"by type, another", R"({"type":"Group","display":"A"})",
                  R"({"type":"Group","display":"A"})"},
                 {"either one, text", R"({"reference":"Patient/1","type":"Group","display":"A"})",
                  R"({"reference":"Patient/1","type":"Group"})"},
                 {"either one, type", R"({"reference":"Group/1","type":"Patient","display":"A"})",
                  R"({"reference":"Group/1","type":"Patient"})"},
                 {"type of no resource: the text says it",
                  R"({"reference":"Group/1","type":"Thing","display":"A"})",
                  R"({"reference":"Group/1","type":"Thing","display":"A"})"},
                 {"urn: all that the element allows", R"({"reference":"urn:uuid:1","display":"A"})",
                  R"({"reference":"urn:uuid:1"})"},
                 {"urn with type", R"({"reference":"urn:uuid:1","type":"Group","display":"A"})",
                  R"({"reference":"urn:uuid:1","type":"Group","display":"A"})"},
                 {"no string", R"({"reference":7,"type":"Group","display":"A"})",
                  R"({"reference":7,"type":"Group"})"},
                 {"identifier stays", R"({"reference":"Patient/1","identifier":{"value":"1"}})",
                  R"({"reference":"Patient/1","identifier":{"value":"1"}})"},
                 {"nothing else: pruned", R"({"display":"A"})", ""},
                 {"empty: pruned", "{}", ""},
                 {"no object", R"("A")", ""},
                 {"null", "null", ""},
                 {"array", R"([{"reference":"Group/1","display":"B"},{"display":"A"},7])",
                  R"([{"reference":"Group/1","display":"B"}])"},
             });
  // Only where one of the allowed types is concerned.
  check(world,
        {{"7.3 c, Observation.encounter",
          R"({"resourceType":"Observation","encounter":{"display":"A"},"_encounter":1})",
          R"({"resourceType":"Observation","encounter":{"display":"A"}})"},
         {"the text says another type than the element allows",
          R"({"resourceType":"Observation","encounter":{"reference":"Patient/1","display":"A"}})",
          R"({"resourceType":"Observation","encounter":{"reference":"Patient/1"}})"}});
}

TEST(Closure, ReferencesToHiddenIdentifiers) {
  World world;
  world.identifiers("Patient");
  check_subject(
      world, {
                 {"7.3 c", R"({"reference":"Patient/1","identifier":{"value":"1"},"display":"A"})",
                  R"({"reference":"Patient/1","display":"A"})"},
                 {"any shape", R"({"reference":"Patient/1","identifier":["1"],"_identifier":2})",
                  R"({"reference":"Patient/1"})"},
                 {"nothing said", R"({"identifier":{"value":"1"}})", ""},
                 {"another type", R"({"reference":"Group/1","identifier":{"value":"1"}})",
                  R"({"reference":"Group/1","identifier":{"value":"1"}})"},
             });
  World assigner;
  assigner.labels("Organization");
  check_subject(
      assigner,
      {{"7.3 c in the identifier of a Reference",
        R"({"reference":"Patient/1","identifier":{"value":"1","assigner":{"display":"O"}}})",
        R"({"reference":"Patient/1","identifier":{"value":"1"}})"}});
}

TEST(Closure, ReferencesToPersons) {
  World never;
  never.unreadable("Patient");
  check_subject(never, {
                           {"7.3 c", R"({"reference":"Patient/1","identifier":{},"display":"A"})",
                            R"({"reference":"Patient/1"})"},
                           {"another type", R"({"reference":"Group/1","display":"A"})",
                            R"({"reference":"Group/1","display":"A"})"},
                       });
  World some;
  some.readable("Patient", {"Patient/1"});
  check_subject(
      some,
      {
          {"readable", R"({"reference":"Patient/1","identifier":{"value":"1"},"display":"A"})",
           R"({"reference":"Patient/1","identifier":{"value":"1"},"display":"A"})"},
          {"readable, and the type says the same",
           R"({"reference":"Patient/1","type":"Patient","display":"A"})",
           R"({"reference":"Patient/1","type":"Patient","display":"A"})"},
          {"another one", R"({"reference":"Patient/2","identifier":{"value":"1"},"display":"A"})",
           R"({"reference":"Patient/2"})"},
          {"only the type is known", R"({"type":"Patient","display":"A"})",
           R"({"type":"Patient"})"},
          {"a query", R"({"reference":"Patient?_id=1","display":"A"})",
           R"({"reference":"Patient?_id=1"})"},
      });
  World elsewhere;  // every Patient is readable
  elsewhere.facts().base_urls = {"http://here.org/fhir"};
  check_subject(elsewhere,
                {
                    {"here", R"({"reference":"http://here.org/fhir/Patient/1","display":"A"})",
                     R"({"reference":"http://here.org/fhir/Patient/1","display":"A"})"},
                    {"elsewhere", R"({"reference":"http://there.org/Patient/1","display":"A"})",
                     R"({"reference":"http://there.org/Patient/1"})"},
                    {"no person", R"({"reference":"http://there.org/Group/1","display":"A"})",
                     R"({"reference":"http://there.org/Group/1","display":"A"})"},
                });
}

TEST(Closure, ReferencesWithHiddenParts) {
  World world;
  world.labels("Patient").hide("Observation", {"subject.reference"});
  check(
      world,
      {{"what the hidden part says is not looked at",
        R"({"resourceType":"Observation","subject":{"reference":"Group/1","type":"Group","display":"A"}})",
        R"({"resourceType":"Observation","subject":{"type":"Group"}})"},
       {"7.5", R"({"resourceType":"Observation","subject":{"reference":"Group/1","display":"A"}})",
        R"({"resourceType":"Observation"})"}});
}

TEST(Closure, ReferencesEverywhere) {
  World world;
  world.labels("Practitioner");
  check(
      world,
      {{"backbones",
        R"({"resourceType":"Encounter","participant":[{"individual":{"display":"P"}},{"individual":{"reference":"Practitioner/1","display":"P"}},{}]})",
        R"({"resourceType":"Encounter","participant":[{"individual":{"reference":"Practitioner/1"}}]})"},
       {"arrays",
        R"({"resourceType":"Observation","performer":[{"display":"P"},"P",null,{"reference":"Organization/1","display":"O"}]})",
        R"({"resourceType":"Observation","performer":[{"reference":"Organization/1","display":"O"}]})"},
       {"data types",
        R"({"resourceType":"Observation","note":[{"authorReference":{"reference":"Practitioner/1","display":"P"},"text":"t"}]})",
        R"({"resourceType":"Observation","note":[{"authorReference":{"reference":"Practitioner/1"},"text":"t"}]})"},
       {"extensions",
        R"({"resourceType":"Observation","extension":[{"url":"u","valueReference":{"reference":"Practitioner/1","display":"P"}},{"extension":[{"valueReference":{"display":"P"}}]}]})",
        R"({"resourceType":"Observation","extension":[{"url":"u","valueReference":{"reference":"Practitioner/1"}}]})"},
       {"extensions of data types",
        R"({"resourceType":"Observation","code":{"coding":[{"code":"c","display":"d","extension":[{"url":"u","valueReference":{"display":"P"}}]}]}})",
        R"({"resourceType":"Observation","code":{"coding":[{"code":"c","display":"d","extension":[{"url":"u"}]}]}})"},
       {"extensions of primitives",
        R"({"resourceType":"Observation","status":"final","_status":{"extension":[{"valueReference":"P"}]}})",
        R"({"resourceType":"Observation","status":"final"})"},
       {"positions of primitives",
        R"({"resourceType":"Patient","name":[{"given":["A",null],"_given":[{"extension":[{"valueReference":{"display":"P"}}]},null]}]})",
        R"({"resourceType":"Patient","name":[{"given":["A"]}]})"},
       {"7.5 what came empty", R"({"resourceType":"Observation","code":{"coding":[{}]},"note":[]})",
        R"({"resourceType":"Observation"})"},
       {"8.1 unknown keys are data where the rule hides nothing",
        R"({"resourceType":"Observation","Subject":{"display":"P"},"x":{}})",
        R"({"resourceType":"Observation","Subject":{"display":"P"},"x":{}})"},
       {"siblings of what has none",
        R"({"resourceType":"Observation","_subject":{"display":"P"},"_text":1,"_contained":[]})",
        R"({"resourceType":"Observation"})"}});
  World keeps;
  keeps.labels("Practitioner");
  keeps.facts().cuts_displays = false;
  keeps.facts().cuts_contained = false;
  check(keeps, {{"displays: 'keep'",
                 R"({"resourceType":"Observation","subject":{"display":"P"},"performer":[{}]})",
                 R"({"resourceType":"Observation","subject":{"display":"P"},"performer":[{}]})"}});
}

// What only names something stays without being looked up; what stands beside it does not.
TEST(Closure, BareReferences) {
  World world;
  world.labels("Practitioner");
  check(
      world,
      {{"kept",
        R"({"resourceType":"Observation","subject":{"reference":"Practitioner/1"},"performer":[{"reference":"Practitioner/1"}]})",
        R"({"resourceType":"Observation","subject":{"reference":"Practitioner/1"},"performer":[{"reference":"Practitioner/1"}]})"},
       {"the sibling of a Reference",
        R"({"resourceType":"Observation","_subject":{"reference":"Practitioner/1"},"status":"a"})",
        R"({"resourceType":"Observation","status":"a"})"},
       {"in place of a Narrative, and of what is contained",
        R"({"resourceType":"Observation","text":{"reference":"x"},"contained":[{"reference":"x"}],"status":"a"})",
        R"({"resourceType":"Observation","status":"a"})"},
       {"beside one with a display",
        R"({"resourceType":"Observation","performer":[{"reference":"Practitioner/1"},{"reference":"Practitioner/2","display":"P"}]})",
        R"({"resourceType":"Observation","performer":[{"reference":"Practitioner/1"},{"reference":"Practitioner/2"}]})"},
       {"to something contained that is not there",
        R"({"resourceType":"Observation","performer":[{"reference":"#p"},{"reference":"\u0023p"},{"reference":"Practitioner/1"}]})",
        R"({"resourceType":"Observation","performer":[{"reference":"Practitioner/1"}]})"},
       {"in an extension, beside extensions that lead nowhere",
        R"({"resourceType":"Observation","extension":[{"url":"a","valueString":"b"},{"url":"c","valueReference":{"reference":"Practitioner/1","display":"P"}}],"status":"a"})",
        R"({"resourceType":"Observation","extension":[{"url":"a","valueString":"b"},{"url":"c","valueReference":{"reference":"Practitioner/1"}}],"status":"a"})"}});
}

TEST(Closure, Narratives) {
  World world;
  check(world,
        {{"7.3 a, any rule", R"({"resourceType":"Observation","text":{"div":"x"},"status":"a"})",
          R"({"resourceType":"Observation","status":"a"})"},
         {"any shape", R"({"resourceType":"Observation","text":"x","status":"a"})",
          R"({"resourceType":"Observation","status":"a"})"},
         {"sections",
          R"({"resourceType":"Composition","section":[{"text":{}},{"title":"t","text":1}]})",
          R"({"resourceType":"Composition","section":[{"title":"t"}]})"},
         {"nested",
          R"({"resourceType":"Observation","contained":[{"resourceType":"Group","text":{}}]})",
          R"({"resourceType":"Observation","contained":[{"resourceType":"Group"}]})"}});
  world.facts().cuts_narratives = false;
  check(world, {{"fields-only", R"({"resourceType":"Observation","text":{"div":"x"}})",
                 R"({"resourceType":"Observation","text":{"div":"x"}})"}});
}

TEST(Closure, ContainedResources) {
  World world;
  world.hide("Patient", {"name"}).labels("Patient").refuse("Practitioner");
  check(
      world,
      {{"7.4 minus what is hidden",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","name":[{}],"active":true}],"status":"final"})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","active":true}],"status":"final"})"},
       {"7.4 refused",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Practitioner"},{"resourceType":"Group"}]})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group"}]})"},
       {"7.5 none left",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Practitioner"}]})",
        R"({"resourceType":"Observation"})"},
       {"7.5 none came", R"({"resourceType":"Observation","contained":[]})",
        R"({"resourceType":"Observation"})"},
       {"no resource",
        R"({"resourceType":"Observation","contained":[1,null,{},{"resourceType":"Foo"},{"resourceType":1},[{"resourceType":"Group"}]]})",
        R"({"resourceType":"Observation"})"},
       {"no array", R"({"resourceType":"Observation","contained":{"resourceType":"Group"}})",
        R"({"resourceType":"Observation"})"},
       {"a rule that hides something in the container",
        R"({"resourceType":"Patient","name":[],"contained":[{"resourceType":"Group","active":true,"x":1},{"resourceType":"Patient","x":1}]})",
        R"({"resourceType":"Patient","contained":[{"resourceType":"Group","active":true,"x":1},{"resourceType":"Patient"}]})"},
       {"7.7 in every one",
        R"({"resourceType":"Observation","meta":{"project":"1"},"contained":[{"resourceType":"Group","meta":{"author":{},"versionId":"1"},"contained":[{"resourceType":"Group","meta":{"account":{}}}]}]})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","meta":{"versionId":"1"},"contained":[{"resourceType":"Group"}]}]})"}});
  World inner;
  inner.hide("Observation", {"contained.language"});
  check(
      inner,
      {{"a path into what is contained",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","language":"en","meta":{"versionId":"1"}}]})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","meta":{"versionId":"1"}}]})"}});
  inner.hide("Encounter", {"contained.meta.tag"});
  check(
      inner,
      {{"a longer one: the whole member",
        R"({"resourceType":"Encounter","contained":[{"resourceType":"Group","meta":{"versionId":"1"},"active":true}]})",
        R"({"resourceType":"Encounter","contained":[{"resourceType":"Group","active":true}]})"}});
}

TEST(Closure, Fragments) {
  World world;
  world.refuse("Practitioner").labels("Patient");
  check(
      world,
      {{"7.5 to a cut one, in front of it",
        R"({"resourceType":"Observation","performer":[{"reference":"#a"},{"reference":"#b"}],"contained":[{"resourceType":"Practitioner","id":"a"},{"resourceType":"Group","id":"b"}]})",
        R"({"resourceType":"Observation","performer":[{"reference":"#b"}],"contained":[{"resourceType":"Group","id":"b"}]})"},
       {"to none at all",
        R"({"resourceType":"Observation","subject":{"reference":"#a","type":"Group"}})",
        R"({"resourceType":"Observation"})"},
       {"twice: to none",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","id":"a"},{"resourceType":"Group","id":"a"}],"subject":{"reference":"#a"}})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","id":"a"},{"resourceType":"Group","id":"a"}]})"},
       {"twice, one of them cut",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","\u0069d":"\u0061"},{"resourceType":"Practitioner","id":"a"}],"subject":{"reference":"#a"}})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","\u0069d":"\u0061"}],"subject":{"reference":"#a"}})"},
       {"the container",
        R"({"resourceType":"Observation","subject":{"reference":"#","display":"O"}})",
        R"({"resourceType":"Observation","subject":{"reference":"#","display":"O"}})"},
       {"labels of the target",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"a"},{"resourceType":"Group","id":"b"}],"subject":{"reference":"#a","display":"A"},"focus":[{"reference":"#b","display":"B"}]})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"a"},{"resourceType":"Group","id":"b"}],"subject":{"reference":"#a"},"focus":[{"reference":"#b","display":"B"}]})"},
       {"among contained ones: one scope",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","id":"b","managingEntity":{"reference":"#c"}},{"resourceType":"Organization","id":"c","partOf":{"reference":"#a"}}]})",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","id":"b","managingEntity":{"reference":"#c"}},{"resourceType":"Organization","id":"c"}]})"},
       {"entries have their own scope",
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","subject":{"reference":"#a"},"contained":[{"resourceType":"Group","id":"a"}]}},{"resource":{"resourceType":"Observation","subject":{"reference":"#a"}}}]})",
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","subject":{"reference":"#a"},"contained":[{"resourceType":"Group","id":"a"}]}},{"resource":{"resourceType":"Observation"}}]})"}});
  World kept;
  kept.labels("Patient");
  kept.facts().cuts_contained = false;
  check(
      kept,
      {{"nothing contained can be cut: only the display, for what the element allows",
        R"({"resourceType":"Observation","subject":{"reference":"#a","display":"A"},"encounter":{"reference":"#b","display":"B"}})",
        R"({"resourceType":"Observation","subject":{"reference":"#a"},"encounter":{"reference":"#b","display":"B"}})"}});
  kept.hide("Observation", {"contained"});
  check(
      kept,
      {{"7.5 the rule cuts `contained`",
        R"({"resourceType":"Observation","contained":[{"resourceType":"Group","id":"a"}],"subject":{"reference":"#a"},"status":"final"})",
        R"({"resourceType":"Observation","status":"final"})"}});
}

TEST(Closure, Bundles) {
  World world;
  world.refuse("Condition").hide("Patient", {"name"});
  check(
      world,
      {{"8.2 members",
        R"({"resourceType":"Bundle","type":"collection","total":3,"_total":{"id":"x"},"signature":{"data":"x"},"issues":{},"link":[{"relation":"self","url":"a"},{"relation":" LAST","url":"b"},{"url":"c"},{}],"entry":[]})",
        R"({"resourceType":"Bundle","type":"collection","link":[{"relation":"self","url":"a"}]})"},
       {"8.2 entries",
        R"({"resourceType":"Bundle","entry":[{"fullUrl":"a","resource":{"resourceType":"Condition"}},{"resource":{"resourceType":"Patient","name":[],"active":true},"fullUrl":"b"},{"fullUrl":"c"},{},7,"d",null]})",
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","active":true},"fullUrl":"b"}]})"},
       {"8.2 an entry that is no object",
        R"({"resourceType":"Bundle","type":"collection","entry":"a"})",
        R"({"resourceType":"Bundle","type":"collection"})"},
       {"7.3 a, 7.4 of a type that has neither",
        R"({"resourceType":"Bundle","text":{"div":"x"},"_text":1,"contained":[{"resourceType":"Patient"}],"id":"1"})",
        R"({"resourceType":"Bundle","id":"1"})"},
       {"8.2 the sibling of a url",
        R"({"resourceType":"Bundle","entry":[{"request":{"url":"Patient?a","_url":{"id":"a"}},"resource":{"resourceType":"Patient"}}]})",
        R"({"resourceType":"Bundle","entry":[{"request":{"url":"Patient"},"resource":{"resourceType":"Patient"}}]})"},
       {"8.2 requests",
        R"({"resourceType":"Bundle","entry":[{"request":{"method":"PUT","url":"Patient?identifier=1","ifNoneExist":"a","_ifNoneExist":1},"resource":{"resourceType":"Patient"}},{"request":{"url":"a\\\u003fb?"},"resource":{"resourceType":"Patient"}},{"request":{"url":"?a","_url":{}},"resource":{"resourceType":"Patient"}},{"request":{"url":7},"resource":{"resourceType":"Patient"}},{"request":{"url":"Patient/1"},"resource":{"resourceType":"Patient"}}]})",
        R"({"resourceType":"Bundle","entry":[{"request":{"method":"PUT","url":"Patient"},"resource":{"resourceType":"Patient"}},{"request":{"url":"a\\"},"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Patient"}},{"request":{"url":"Patient/1"},"resource":{"resourceType":"Patient"}}]})"},
       {"8.2 outcomes alone",
        R"({"resourceType":"Bundle","entry":[{"response":{"status":"200","outcome":{"resourceType":"Condition"}},"resource":{"resourceType":"Patient"}}]})",
        R"({"resourceType":"Bundle","entry":[{"response":{"status":"200"},"resource":{"resourceType":"Patient"}}]})"},
       {"Bundles in Bundles",
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Bundle","total":1,"entry":[{"resource":{"resourceType":"Condition"}}]}}]})",
        R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Bundle"}}]})"},
       {"8.2 Parameters",
        R"({"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Condition"}},{"name":"b","part":[{"name":"c","resource":{"resourceType":"Condition"}},{"name":"d","resource":{"resourceType":"Patient","name":1}}]},{"name":"e","valueString":"s"}]})",
        R"({"resourceType":"Parameters","parameter":[{"name":"b","part":[{"name":"d","resource":{"resourceType":"Patient"}}]},{"name":"e","valueString":"s"}]})"}});
  EXPECT_NE(std::find(world.nestings.begin(), world.nestings.end(), Nesting::kOutcome),
            world.nestings.end());
  world.facts().filters_bundles = false;
  check(
      world,
      {{"a Bundle that nobody filters",
        R"({"resourceType":"Bundle","total":3,"link":[{"relation":"last"}],"entry":[{"fullUrl":"c"}]})",
        R"({"resourceType":"Bundle","total":3,"link":[{"relation":"last"}],"entry":[{"fullUrl":"c"}]})"}});
  World hides;
  hides.hide("Bundle", {"link.relation", "entry.resource"});
  check(
      hides,
      {{"hidden: not looked at",
        R"({"resourceType":"Bundle","link":[{"relation":"self","url":"a"}],"entry":[{"fullUrl":"a","resource":{"resourceType":"Group"}}],"id":"1"})",
        R"({"resourceType":"Bundle","id":"1"})"}});
}

TEST(Closure, AsksWhereResourcesStand) {
  World world;
  EXPECT_EQ(
      world.redacted(
          R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"resource":{"resourceType":"Group","contained":[{"resourceType":"Group"}]}}]},"response":{"outcome":{"resourceType":"OperationOutcome"}}}]})"),
      R"({"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Parameters","parameter":[{"resource":{"resourceType":"Group","contained":[{"resourceType":"Group"}]}}]},"response":{"outcome":{"resourceType":"OperationOutcome"}}}]})");
  EXPECT_EQ(world.nestings, (std::vector<Nesting>{Nesting::kEntry, Nesting::kOther,
                                                  Nesting::kContained, Nesting::kOutcome}));
}

TEST(Closure, SaysWhereItCuts) {
  World world;
  world.labels("Practitioner").identifiers("Patient");
  const auto closure = make_closure(world.facts());
  const auto steps = [&](std::string_view type) {
    std::string all;
    for (const ClosureStep& step : closure_steps(fhir::find_resource_type(type), *closure)) {
      all.append(step.path).append(" ").append(step.step).append("; ");
    }
    return all;
  };
  EXPECT_EQ(steps("Goal"),
            "meta.author.display reference; meta.author.identifier reference; "
            "meta.onBehalfOf.display reference; meta.onBehalfOf.identifier reference; "
            "meta.account.display reference; meta.account.identifier reference; "
            "meta.accounts.display reference; meta.accounts.identifier reference; "
            "meta.compartment.display reference; meta.compartment.identifier reference; "
            "text narrative; contained contained; subject.identifier reference; "
            "expressedBy.display reference; expressedBy.identifier reference; "
            "note.authorReference.display reference; note.authorReference.identifier reference; ");
  const std::string bundle = steps("Bundle");
  EXPECT_EQ(bundle.substr(bundle.find("total")),
            "total bundle; link bundle; entry.link bundle; entry.resource bundle; "
            "entry.request.url bundle; entry.request.ifNoneExist bundle; "
            "entry.response.outcome bundle; signature bundle; ");
  world.facts() = {};
  const auto nothing = make_closure(world.facts());
  EXPECT_EQ(closure_steps(fhir::find_resource_type("Basic"), *nothing).size(), 1u);
}

}  // namespace
}  // namespace fhirwall::redact
