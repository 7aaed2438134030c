#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/decide/judge.hpp"
#include "core/redact/redactor.hpp"
#include "write_support.hpp"

// Writes over what closure and the rules of other types kept from the caller (SPEC 9.2).
namespace fhirwall::decide {
namespace {

using policy::Interaction;
using policy::must_compile;
using policy::with_rules;

// No person is readable: narratives, displays of persons and contained persons are cut.
const char* const kNobody =
    R"({"resourceType":"Observation"},{"resourceType":"Bundle"},{"resourceType":"Composition"},{"resourceType":"Device"})";
// Contained and nested Patients lose a part.
const char* const kBirthDate =
    R"({"resourceType":"Observation"},{"resourceType":"Bundle"},{"resourceType":"Patient","hiddenFields":["birthDate"]})";

std::string whole(const char* type, const char* members) {
  return std::string(R"({"resourceType":")") + type + R"(","id":"1",)" + members + "}";
}

struct Row {
  const char* about;
  const char* rules;
  const char* type;
  const char* before;
  const char* after;
  const char* outcome;  // members of what is stored, or `deny ...`
};

TEST(WriteClosure, RestoresWhatTheCallerWasNotShown) {
  const Row table[] = {
      {"a display on an unchanged reference", kNobody, "Observation",
       R"("subject":{"reference":"Patient/1","display":"D","identifier":{"value":"7"}})",
       R"("subject":{"reference":"Patient/1"})",
       R"("subject":{"reference":"Patient/1","display":"D","identifier":{"value":"7"}})"},
      {"not on another", kNobody, "Observation",
       R"("subject":{"reference":"Patient/1","display":"D"})",
       R"("subject":{"reference":"Patient/2"})", R"("subject":{"reference":"Patient/2"})"},
      {"a submitted display stays", kNobody, "Observation",
       R"("subject":{"reference":"Patient/1","display":"D"})",
       R"("subject":{"reference":"Patient/1","display":"E"})",
       R"("subject":{"reference":"Patient/1","display":"E"})"},
      {"a reference of nothing but a display", kNobody, "Observation",
       R"("status":"final","subject":{"display":"D"})", R"("status":"amended")",
       R"("status":"amended","subject":{"display":"D"})"},
      {"which a submitted one replaces", kNobody, "Observation", R"("subject":{"display":"D"})",
       R"("subject":{"reference":"Patient/2"})", R"("subject":{"reference":"Patient/2"})"},
      {"a narrative", kNobody, "Observation", R"("text":{"div":"d"},"status":"final")",
       R"("status":"amended")", R"("text":{"div":"d"},"status":"amended")"},
      {"a submitted narrative stays", kNobody, "Observation", R"("text":{"div":"d"})",
       R"("text":{"div":"e"})", R"("text":{"div":"e"})"},
      {"a contained person, and the reference to it", kNobody, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"},"status":"final")",
       R"("status":"amended")",
       R"("contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"},"status":"amended")"},
      {"beside others", kNobody, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Device","id":"d"}],"performer":[{"reference":"#p"},{"reference":"Device/1"}])",
       R"("contained":[{"resourceType":"Device","id":"d","status":"active"}],"performer":[{"reference":"Device/1"}])",
       R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Device","id":"d","status":"active"}],"performer":[{"reference":"#p"},{"reference":"Device/1"}])"},
      {"one of the same id replaces it", kNobody, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"q"}])",
       R"("contained":[{"resourceType":"Patient","id":"p","active":true}])",
       R"("contained":[{"resourceType":"Patient","id":"q"},{"resourceType":"Patient","id":"p","active":true}])"},
      {"what is no array gives way", kNobody, "Observation", R"("contained":{},"status":"final")",
       R"("contained":[{"resourceType":"Device","id":"d"}],"status":"final")",
       R"("contained":[{"resourceType":"Device","id":"d"}],"status":"final")"},
      {"displays of entries whose partner cannot be told go", kNobody, "Observation",
       R"("performer":[{"reference":"Patient/1","display":"D"},{"reference":"Patient/2"}])",
       R"("performer":[{"reference":"Patient/3"},{"reference":"Patient/1"},{"reference":"Patient/4"}])",
       R"("performer":[{"reference":"Patient/3"},{"reference":"Patient/1","display":"D"},{"reference":"Patient/4"}])"},
      {"narratives do not go", kNobody, "Composition",
       R"("section":[{"title":"a","text":{"div":"d"}},{"title":"b"}])",
       R"("section":[{"title":"c"},{"title":"d"},{"title":"e"}])", "deny alignment"},
      {"a hidden part of a contained resource", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p","gender":"male","birthDate":"1970"}])",
       R"("contained":[{"resourceType":"Patient","id":"p","gender":"other"}])",
       R"("contained":[{"resourceType":"Patient","id":"p","gender":"other","birthDate":"1970"}])"},
      {"may not be submitted", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p","birthDate":"1970"}])",
       R"("contained":[{"resourceType":"Patient","id":"p","birthDate":"1970"}])",
       "deny conflict error:hidden-element@contained.birthDate"},
      {"stored or not", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"}])",
       R"("contained":[{"resourceType":"Patient","id":"p","birthDate":"1970"}])",
       "deny conflict error:hidden-element@contained.birthDate"},
      {"what may hold one cannot be removed", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"}],"status":"final")",
       R"("status":"final")", "deny alignment"},
      {"nor become something else", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"}])",
       R"("contained":[{"resourceType":"Device","id":"p"}])", "deny alignment"},
      {"a new one is the caller's", kBirthDate, "Observation",
       R"("contained":[{"resourceType":"Patient","id":"p"}])",
       R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"q","birthDate":"1"}])",
       R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"q","birthDate":"1"}])"},
      {"entries that were not shown", kNobody, "Bundle",
       R"("type":"collection","total":2,"entry":[{"resource":{"resourceType":"Patient","id":"p"}},{"fullUrl":"u"},{"resource":{"resourceType":"Device","id":"d","status":"active"}}])",
       R"("type":"collection","entry":[{"resource":{"resourceType":"Device","id":"d","status":"inactive"}}])",
       R"("type":"collection","total":2,"entry":[{"resource":{"resourceType":"Patient","id":"p"}},{"fullUrl":"u"},{"resource":{"resourceType":"Device","id":"d","status":"inactive"}}])"},
      {"the query of a request", kNobody, "Bundle",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d"},"request":{"method":"PUT","url":"Device?x=1","ifNoneExist":"y"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d","status":"active"},"request":{"method":"PUT","url":"Device"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d","status":"active"},"request":{"method":"PUT","url":"Device?x=1","ifNoneExist":"y"}}])"},
      {"not of another", kNobody, "Bundle",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d"},"request":{"method":"PUT","url":"Device?x=1"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d"},"request":{"method":"PUT","url":"Device/1"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d"},"request":{"method":"PUT","url":"Device/1"}}])"},
      {"an entry may go with what closure alone cut", kNobody, "Bundle",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"d","text":{"div":"x"}},"request":{"method":"PUT","url":"Device?x=1"}},{"resource":{"resourceType":"Device","id":"e"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"e"}}])",
       R"("type":"batch","entry":[{"resource":{"resourceType":"Device","id":"e"}}])"},
  };
  for (const Row& row : table) {
    const auto compiled = must_compile(with_rules(row.rules));
    ASSERT_NE(compiled, nullptr);
    const std::string outcome(row.outcome);
    EXPECT_EQ(outcome_of(*compiled, {Interaction::kUpdate, whole(row.type, row.before),
                                     whole(row.type, row.after), ""}),
              outcome.starts_with("deny")
                  ? outcome
                  : (row.type == std::string("Bundle")        ? "allow 1 "
                     : row.type == std::string("Composition") ? "allow 2 "
                                                              : "allow 0 ") +
                        whole(row.type, row.outcome))
        << row.about;
  }
}

std::string shown(const policy::CompiledPolicy& policy, std::string_view text) {
  const policy::Padded padded(text);
  json::Parser parser;
  EXPECT_FALSE(parser.parse(padded.view(), Limits{})) << text;
  Scratch scratch;
  Error error;
  const Decision decision =
      decide(policy, Interaction::kRead, parser.document(), 0, scratch, error);
  EXPECT_TRUE(decision.allowed) << text;
  PolicyJudge judge(policy, scratch);
  redact::Redactor redactor;
  redact::Edits edits;
  redactor.redact(parser.document(), 0, *decision.plan, edits, policy.closure.get(), &judge);
  std::string out;
  edits.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

// SPEC P3: stored versions that look alike answer every submission alike.
TEST(WriteClosure, PresenceAnswersNothing) {
  const struct {
    const char* rules;
    const char* type;
    std::vector<const char*> stored;
    std::vector<const char*> submitted;
  } table[] = {
      {kNobody,
       "Observation",
       {R"("performer":[{"reference":"Patient/1"},{"reference":"Patient/2"}])",
        R"("performer":[{"reference":"Patient/1","display":"D"},{"reference":"Patient/2"}])",
        R"("performer":[{"display":"D"},{"reference":"Patient/1"},{"reference":"Patient/2","identifier":{"value":"1"}}])",
        R"("contained":[{"resourceType":"Patient","id":"p"}],"performer":[{"reference":"Patient/1"},{"reference":"#p"},{"reference":"Patient/2"}])",
        R"("contained":{},"performer":[{"reference":"Patient/1"},{"reference":"#q"},{"reference":"Patient/2"}])",
        R"("text":{"div":"d"},"subject":{"reference":"#p"},"performer":[{"reference":"Patient/1"},{"reference":"Patient/2"}])"},
       {R"("status":"final")", R"("performer":[{"reference":"Patient/2"}])",
        R"("performer":[{"reference":"Patient/2"},{"reference":"Patient/1"}])",
        R"("performer":[{"reference":"Patient/3"},{"reference":"Patient/4"},{"reference":"Patient/5"}])",
        R"("performer":{"reference":"Patient/1"},"text":"x")",
        R"("subject":{"display":"E"},"performer":[{"reference":"Patient/1","display":"E"}])",
        R"("contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"})",
        R"("contained":{"resourceType":"Patient","id":"p"})",
        R"("contained":[{"resourceType":"Device","id":"p"},{"resourceType":"Device","id":"p"}])"}},
      {kBirthDate,
       "Observation",
       {R"("contained":[{"resourceType":"Patient","id":"p","gender":"male"},{"resourceType":"Patient","id":"q"}])",
        R"("contained":[{"resourceType":"Patient","id":"p","gender":"male","birthDate":"1"},{"resourceType":"Patient","id":"q"}])",
        R"("contained":[{"resourceType":"Patient","id":"p","gender":"male"},{"resourceType":"Patient","id":"q","text":{"div":"d"},"foo":1}])"},
       {R"("status":"final")", R"("contained":[{"resourceType":"Patient","id":"q"}])",
        R"("contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Patient","id":"q"}])",
        R"("contained":[{"resourceType":"Patient","id":"q","birthDate":"1"},{"resourceType":"Patient","id":"p"}])",
        R"("contained":[{"resourceType":"Patient","gender":"male"},{"resourceType":"Patient","id":"r"}])",
        R"("contained":{"resourceType":"Patient","id":"p"})"}},
      {kNobody,
       "Bundle",
       {R"("type":"collection","entry":[{"resource":{"resourceType":"Device","id":"d"}}])",
        R"("type":"collection","total":1,"entry":[{"resource":{"resourceType":"Device","id":"d"}},{"resource":{"resourceType":"Patient"}}])",
        R"("type":"collection","entry":[{"fullUrl":"u"},{"resource":{"resourceType":"Device","id":"d","text":{"div":"x"}}}],"signature":{"data":"x"})",
        R"("type":"collection","link":[{"relation":"last","url":"u"}],"entry":[{"resource":{"resourceType":"Device","id":"d"}}])"},
       {R"("type":"collection")", R"("type":"collection","total":7,"entry":[])",
        R"("type":"collection","entry":[{"resource":{"resourceType":"Device","id":"e"}}],"signature":{"data":"y"})",
        R"("type":"collection","entry":[{"resource":{"resourceType":"Device","id":"d"}},{"resource":{"resourceType":"Patient"}}])",
        R"("type":"collection","entry":[{"fullUrl":"v"},{"fullUrl":"w"},{"fullUrl":"x"}])",
        R"("type":"collection","entry":{"fullUrl":"v"})"}},
  };
  for (const auto& row : table) {
    const auto compiled = must_compile(with_rules(row.rules));
    ASSERT_NE(compiled, nullptr);
    for (const char* submitted : row.submitted) {
      const auto answer = [&](const char* stored) {
        const std::string text = outcome_of(
            *compiled,
            {Interaction::kUpdate, whole(row.type, stored), whole(row.type, submitted), ""});
        const std::size_t body = text.find(" {");
        return body == std::string::npos
                   ? text
                   : text.substr(0, body) + shown(*compiled, text.substr(body + 1));
      };
      const std::string first = answer(row.stored.front());
      for (const char* stored : row.stored) {
        ASSERT_EQ(shown(*compiled, whole(row.type, stored)),
                  shown(*compiled, whole(row.type, row.stored.front())))
            << stored;
        EXPECT_EQ(answer(stored), first) << stored << " <- " << submitted;
      }
    }
  }
}

// SPEC 7.8, 9.2: what the engine put in is no change, wherever the caller leaves it.
TEST(WriteMarks, AreNoChange) {
  const char* const kMark =
      R"({"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED"})";
  const char* const kMask =
      R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]})";
  const auto compiled = must_compile(
      with_rules(R"({"resourceType":"Patient","hiddenFields":["birthDate","name.family"]})",
                 R"(,"options":{"mark":"redacted","absent":"mask"})"));
  const std::string start = R"({"resourceType":"Patient","id":"1",)";
  const struct {
    std::string before;
    std::string after;
    std::string outcome;
  } table[] = {
      {R"("birthDate":"1970")",
       std::string(R"("_birthDate":)") + kMask + R"(,"meta":{"security":[)" + kMark + "]}",
       R"("birthDate":"1970")"},
      {R"("active":true)",
       std::string(R"("_birthDate":)") + kMask + R"(,"active":false,"meta":{"security":[)" + kMark +
           R"(,{"code":"x"}]})",
       R"("active":false,"meta":{"security":[{"code":"x"}]})"},
      // The stored version's own, with and without the engine's in front of it.
      {std::string(R"("meta":{"security":[)") + kMark + "]}",
       std::string(R"("meta":{"security":[)") + kMark + "," + kMark + "]}",
       std::string(R"("meta":{"security":[)") + kMark + "]}"},
      {std::string(R"("meta":{"security":[)") + kMark + "]}",
       std::string(R"("meta":{"security":[)") + kMark + "]}",
       std::string(R"("meta":{"security":[)") + kMark + "]}"},
      {R"("name":[{"family":"F","given":["G"]}])",
       std::string(R"("name":[{"_family":)") + kMask + R"(,"given":["H"]}])",
       R"("name":[{"family":"F","given":["H"]}])"},
      {R"("birthDate":"1970")", R"("_birthDate":{"id":"x"})",
       "deny conflict error:hidden-element@birthDate"},
  };
  for (const auto& row : table) {
    EXPECT_EQ(
        outcome_of(*compiled,
                   {Interaction::kUpdate, start + row.before + "}", start + row.after + "}", ""}),
        row.outcome.starts_with("deny") ? row.outcome : "allow 0 " + start + row.outcome + "}");
  }
  EXPECT_EQ(
      outcome_of(*compiled, {Interaction::kCreate, "",
                             R"({"resourceType":"Patient","_birthDate":)" + std::string(kMask) +
                                 R"(,"meta":{"security":[)" + kMark + R"(]},"active":true})",
                             ""}),
      R"(allow 0 {"resourceType":"Patient","active":true})");
  // A patch sees them where the caller saw them.
  EXPECT_EQ(
      outcome_of(*compiled,
                 {Interaction::kUpdate,
                  start + R"("meta":{"security":[{"code":"x"},{"code":"y"}]},"birthDate":"1970"})",
                  "", R"([{"op":"remove","path":"/meta/security/1"}])"}),
      "allow 0 " + start + R"("meta":{"security":[{"code":"y"}]},"birthDate":"1970"})");
}

}  // namespace
}  // namespace fhirwall::decide
