#include <string>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;

constexpr const char* kRules = R"([
  {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
  {"resourceType":"Practitioner","interaction":["read"]},
  {"resourceType":"Observation"},
  {"resourceType":"Parameters"},
  {"resourceType":"Bundle"}])";

std::string searchset(std::string_view members) {
  return R"({"resourceType":"Bundle","type":"searchset")" + std::string(members) + "}";
}

struct Row {
  const char* about;
  const char* input;   // members behind `type`
  const char* output;  // likewise
};

void check(const policy::CompiledPolicy& policy, std::initializer_list<Row> table) {
  for (const Row& row : table) {
    const auto result = testing::redact(policy, Interaction::kSearch, searchset(row.input));
    EXPECT_FALSE(result.error) << row.about << ": " << error_name(result.error.code);
    EXPECT_TRUE(result.allowed) << row.about;
    EXPECT_EQ(result.out, searchset(row.output)) << row.about;
  }
}

TEST(Searchset, DecidesEntriesByMode) {
  const auto policy = testing::compile(kRules);
  check(
      *policy,
      {
          {"8.2 match",
           R"(,"entry":[{"resource":{"resourceType":"Patient","active":true,"name":[]},"search":{"mode":"match"}}])",
           R"(,"entry":[{"resource":{"resourceType":"Patient","active":true},"search":{"mode":"match"}}])"},
          {"8.2 a missing mode is match",
           R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}},{"search":{},"resource":{"resourceType":"Observation"}}])",
           R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}},{"resource":{"resourceType":"Observation"}}])"},
          {"criteria refuse",
           R"(,"entry":[{"fullUrl":"u","resource":{"resourceType":"Patient","active":false}},{"resource":{"resourceType":"Observation"}}])",
           R"(,"entry":[{"resource":{"resourceType":"Observation"}}])"},
          {"no rule for search",
           R"(,"entry":[{"resource":{"resourceType":"Practitioner","id":"1"}}])", ""},
          {"8.2 any other mode is cut",
           R"(,"entry":[{"resource":{"resourceType":"Observation"},"search":{"mode":"other"}},{"resource":{"resourceType":"Observation"},"search":{"mode":7}},{"resource":{"resourceType":"Observation"},"search":"match"}])",
           ""},
          {"8.1 unknown type, no resource, other shapes",
           R"(,"entry":[{"resource":{"resourceType":"Nothing"}},{"resource":{}},{"resource":[]},{"fullUrl":"u"},7,null,[],{"resource":{"resourceType":["Observation"]}}])",
           ""},
          {"8.2 outcome keeps little",
           R"(,"entry":[{"resource":{"resourceType":"OperationOutcome","id":"o","text":{"div":"x"},"issue":[{"severity":"warning","code":"x","diagnostics":"secret","details":{"text":"secret","coding":[{"system":"s","code":"c","x":1}]},"expression":["e"]},{"diagnostics":"secret"}]},"search":{"mode":"outcome"}}])",
           R"(,"entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"x","details":{"coding":[{"system":"s","code":"c"}]}}]},"search":{"mode":"outcome"}}])"},
          {"8.2 outcome of another type",
           R"(,"entry":[{"resource":{"resourceType":"Observation"},"search":{"mode":"outcome"}}])",
           ""},
          {"8.2 outcome without an issue that stays",
           R"(,"entry":[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":1,"diagnostics":"x"}]},"search":{"mode":"outcome"}}])",
           ""},
          {"7.5 entry came empty", R"(,"entry":[])", ""},
          {"entry of another shape", R"(,"entry":{"resource":{"resourceType":"Observation"}})", ""},
          {"no entry", "", ""},
      });
}

TEST(Searchset, StripsTheEnvelope) {
  const auto policy = testing::compile(kRules);
  check(
      *policy,
      {
          {"8.2 total, signature",
           R"(,"total":17,"_total":{"id":"x"},"signature":{"who":1},"id":"b","timestamp":"2024")",
           R"(,"id":"b","timestamp":"2024")"},
          {"8.2 links",
           R"(,"link":[{"relation":"self","url":"s","x":1},{"relation":"last","url":"l"},{"relation":"next","url":"n"},{"url":"u"},{"relation":["last"]},"last"])",
           R"(,"link":[{"relation":"self","url":"s"},{"relation":"next","url":"n"}])"},
          {"8.2 only last", R"(,"link":[{"relation":"la\u0073t","url":"l"}])", ""},
          {"unknown keys",
           R"(,"x":1,"__proto__":{},"identifier":{"value":"v"},"language":"en","implicitRules":{})",
           R"(,"identifier":{"value":"v"},"language":"en")"},
          {"7.7 meta", R"(,"meta":{"project":"p","lastUpdated":"2024","x":1,"_account":{}})",
           R"(,"meta":{"lastUpdated":"2024"})"},
          {"7.7 meta left empty", R"(,"meta":{"project":"p"})", ""},
          {"entry members",
           R"(,"entry":[{"id":"e","fullUrl":"u","_fullUrl":{"id":"x"},"link":[{"relation":"last"},{"relation":"alternate","url":"a"}],"resource":{"resourceType":"Observation"},"search":{"score":0.50,"mode":"match","x":1},"request":{"url":"secret"},"response":{"etag":"1"},"x":1}])",
           R"(,"entry":[{"fullUrl":"u","link":[{"relation":"alternate","url":"a"}],"resource":{"resourceType":"Observation"},"search":{"score":0.50,"mode":"match"}}])"},
          {"entry members of other shapes",
           R"(,"entry":[{"fullUrl":{"a":1},"link":{},"resource":{"resourceType":"Observation"},"search":{"score":[1]}}])",
           R"(,"entry":[{"resource":{"resourceType":"Observation"}}])"},
      });
}

// P3: which entries were refused, how many and what was in them leaves no trace.
TEST(Searchset, RefusedEntriesLeaveNoTrace) {
  const auto policy = testing::compile(kRules);
  const std::string kept1 =
      "\n    {\n      \"resource\": {\"resourceType\": \"Observation\", \"id\": \"1\"}\n    }";
  const std::string kept2 =
      "\n    {\n      \"resource\": {\"resourceType\": \"Observation\", \"id\": \"2\"}\n    }";
  const std::string refused[] = {
      "\n    {\n      \"resource\": {\"resourceType\": \"Group\"}\n    }",
      "\n    {\n      \"resource\": {\"resourceType\": \"Patient\", \"contained\": [{}]}\n    }",
      "\n    {\n      \"resource\": {\"resourceType\": \"Nothing\"}, \"fullUrl\": \"\\u0041\"\n    "
      "}",
      "\n    {\n      \"resource\": {\"resourceType\": \"Practitioner\", \"id\": \"1\"},\n      "
      "\"search\": {\"mode\": \"include\"}\n    }",
  };
  const std::string head = "{\n  \"resourceType\": \"Bundle\",\n  \"type\": \"searchset\",\n";
  const std::string expected = head + "  \"entry\": [" + kept1 + "," + kept2 + "\n  ]\n}";
  for (unsigned mask = 0; mask < 64; ++mask) {
    std::vector<std::string> items;
    for (unsigned i = 0; i < 2; ++i) {
      if ((mask >> i & 1) != 0) items.push_back(refused[(mask + i) % 4]);
    }
    items.push_back(kept1);
    for (unsigned i = 2; i < 4; ++i) {
      if ((mask >> i & 1) != 0) items.push_back(refused[(mask + i) % 4]);
    }
    items.push_back(kept2);
    for (unsigned i = 4; i < 6; ++i) {
      if ((mask >> i & 1) != 0) items.push_back(refused[(mask + i) % 4]);
    }
    std::string body = head + "  \"total\": " + std::to_string(items.size()) + ",\n  \"entry\": [";
    for (std::size_t i = 0; i < items.size(); ++i) {
      body += (i != 0 ? "," : "") + items[i];
    }
    body += "\n  ]\n}";
    const auto result = testing::redact(*policy, Interaction::kSearch, body);
    ASSERT_TRUE(result.allowed) << error_name(result.error.code);
    ASSERT_EQ(result.out, expected) << body;
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, body.size()}) {
      const auto streamed = testing::run_stream(policy, Interaction::kSearch, Format::kBundle,
                                                OnInvalid::kError, body, chunk);
      ASSERT_FALSE(streamed.error) << error_name(streamed.error.code);
      ASSERT_EQ(streamed.out, expected) << "chunk " << chunk << "\n" << body;
    }
  }
}

TEST(Searchset, IncludesNeedAVisibleLink) {
  const auto policy = testing::compile(R"([
    {"resourceType":"Patient","hiddenFields":["managingOrganization"],"criteria":"Patient?active=true"},
    {"resourceType":"Practitioner"},{"resourceType":"Organization"},{"resourceType":"Provenance"},
    {"resourceType":"Location","interaction":["search"]}])");
  const std::string patient =
      R"({"resource":{"resourceType":"Patient","id":"1","active":true,"generalPractitioner":[{"reference":"Practitioner/p"},{"reference":"urn:uuid:7"}],"managingOrganization":{"reference":"Organization/hidden"}}})";
  const std::string include_p =
      R"({"resource":{"resourceType":"Practitioner","id":"p"},"search":{"mode":"include"}})";
  const std::string include_urn =
      R"({"fullUrl":"urn:uuid:7","resource":{"resourceType":"Practitioner","id":"q"},"search":{"mode":"include"}})";
  const std::string include_hidden =
      R"({"resource":{"resourceType":"Organization","id":"hidden"},"search":{"mode":"include"}})";
  const std::string include_stranger =
      R"({"resource":{"resourceType":"Practitioner","id":"x"},"search":{"mode":"include"}})";
  const std::string refused_patient =
      R"({"resource":{"resourceType":"Patient","id":"2","active":false,"generalPractitioner":[{"reference":"Practitioner/x"}]}})";
  const std::string reverse =
      R"({"resource":{"resourceType":"Provenance","id":"v","target":[{"reference":"Patient/1/_history/3"}],"agent":[{"who":{"reference":"Organization/o"}}]},"search":{"mode":"include"}})";
  const std::string second_step =
      R"({"resource":{"resourceType":"Organization","id":"o"},"search":{"mode":"include"}})";
  const std::string no_read =
      R"({"resource":{"resourceType":"Location","id":"l"},"search":{"mode":"include"}})";
  const std::string patient_out =
      R"({"resource":{"resourceType":"Patient","id":"1","active":true,"generalPractitioner":[{"reference":"Practitioner/p"},{"reference":"urn:uuid:7"}]}})";
  const auto entries = [](std::initializer_list<std::string> list) {
    std::string text;
    for (const std::string& item : list) {
      text += (text.empty() ? "" : ",") + item;
    }
    return text.empty() ? searchset("") : searchset(",\"entry\":[" + text + "]");
  };
  const auto out = [&](const std::string& body) {
    const auto result = testing::redact(*policy, Interaction::kSearch, body);
    EXPECT_FALSE(result.error);
    return result.out;
  };
  EXPECT_EQ(out(entries({patient, include_p, include_urn})),
            entries({patient_out, include_p, include_urn}));
  EXPECT_EQ(out(entries({include_p, patient})), entries({include_p, patient_out}));
  EXPECT_EQ(out(entries({patient, include_hidden, include_stranger, no_read})),
            entries({patient_out}));
  EXPECT_EQ(out(entries({refused_patient, include_stranger})), entries({}));
  EXPECT_EQ(out(entries({second_step, patient, reverse})),
            entries({second_step, patient_out, reverse}));
  EXPECT_EQ(out(entries({second_step, reverse})), entries({}));
  // The stream looks back only: an include in front of what links it is cut.
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{64}, std::size_t{100000}}) {
    const auto run = [&](const std::string& body) {
      const auto result = testing::run_stream(policy, Interaction::kSearch, Format::kBundle,
                                              OnInvalid::kError, body, chunk);
      EXPECT_FALSE(result.error) << error_name(result.error.code);
      return result.out;
    };
    EXPECT_EQ(run(entries({patient, include_p, include_hidden, reverse, second_step})),
              entries({patient_out, include_p, reverse, second_step}));
    EXPECT_EQ(run(entries({include_p, patient})), entries({patient_out}));
    EXPECT_EQ(run(entries({refused_patient, include_stranger})), entries({}));
  }
}

// SPEC 8.2: a Bundle that does not answer the search is a resource, and what is inside of resources
// is judged.
TEST(Searchset, JudgesWhatIsInsideOfResources) {
  const auto policy = testing::compile(kRules);
  const auto no_bundles = testing::compile(
      R"([{"resourceType":"Patient","hiddenFields":["name"]},{"resourceType":"Observation"}])");
  const std::string entries =
      R"(,"entry":[{"resource":{"resourceType":"Patient","active":true,"name":[]}},{"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Practitioner"}}])";
  const std::string left =
      R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}},{"resource":{"resourceType":"Practitioner"}}])";
  const auto bundle = [](const std::string& type, const std::string& members) {
    return R"({"resourceType":"Bundle","type":)" + type + members + "}";
  };
  const struct {
    const char* about;
    std::string input;
    Interaction interaction;
    std::string output;  // empty: denied
  } table[] = {
      {"searchset that is read: entries by read", bundle("\"searchset\"", entries),
       Interaction::kRead, bundle("\"searchset\"", left)},
      {"collection", bundle("\"collection\"", entries), Interaction::kSearch,
       bundle("\"collection\"", left)},
      {"type of another shape", bundle("[\"searchset\"]", entries), Interaction::kSearch,
       bundle("[\"searchset\"]", left)},
      {"a document whose first entry is refused",
       bundle("\"document\"", R"(,"entry":[{"resource":{"resourceType":"Composition"}}])"),
       Interaction::kRead, ""},
      {"in an entry",
       searchset(",\"entry\":[{\"resource\":" + bundle("\"collection\"", entries) + "}]"),
       Interaction::kSearch,
       searchset(",\"entry\":[{\"resource\":" + bundle("\"collection\"", left) + "}]")},
      {"a document in an entry",
       searchset(",\"entry\":[{\"resource\":" +
                 bundle("\"document\"", R"(,"entry":[{"resource":{"resourceType":"Group"}}])") +
                 "}]"),
       Interaction::kSearch, searchset("")},
      {"Parameters",
       R"({"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Patient"}},{"name":"c","resource":{"resourceType":"Practitioner"}}]}]})",
       Interaction::kRead,
       R"({"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"c","resource":{"resourceType":"Practitioner"}}]}]})"},
      {"contained: what any rule for its type hides goes",
       R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p","name":[]}]})",
       Interaction::kRead,
       R"({"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"p"}]})"},
  };
  Context context;
  for (const auto& row : table) {
    const auto result = testing::redact(context, *policy, row.interaction, row.input);
    EXPECT_FALSE(result.error) << row.about << ": " << error_name(result.error.code);
    EXPECT_EQ(result.allowed, !row.output.empty()) << row.about;
    EXPECT_EQ(result.out, row.output) << row.about;
  }
  for (const char* type : {"\"collection\"", "\"history\"", "7"}) {
    EXPECT_FALSE(testing::redact(*no_bundles, Interaction::kSearch, bundle(type, entries)).allowed);
  }
}

// A link in a part that stays counts, inside of resources too; one that is cut does not.
TEST(Searchset, IncludesAreLinkedFromInsideOfResources) {
  const auto policy = testing::compile(R"([
    {"resourceType":"Observation"},{"resourceType":"Device"},{"resourceType":"Bundle"},
    {"resourceType":"Specimen","hiddenFields":["subject"]},
    {"resourceType":"Group","criteria":"Group?actual=true"}])");
  const std::string include =
      R"({"resource":{"resourceType":"Device","id":"d"},"search":{"mode":"include"}})";
  const auto run = [&](const std::string& match) {
    const std::string body = searchset(",\"entry\":[" + match + "," + include + "]");
    const auto whole = testing::redact(*policy, Interaction::kSearch, body);
    EXPECT_FALSE(whole.error);
    EXPECT_EQ(testing::run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError,
                                  body, 3)
                  .out,
              whole.out);
    return whole.out.find("Device\",\"id") != std::string::npos;
  };
  const auto observation = [](const std::string& inside) {
    return R"({"resource":{"resourceType":"Observation","contained":[)" + inside + "]}}";
  };
  const auto collection = [](const std::string& inside) {
    return R"({"resource":{"resourceType":"Bundle","type":"collection","entry":[{"resource":)" +
           inside + "}]}}";
  };
  EXPECT_TRUE(run(
      observation(R"({"resourceType":"Specimen","id":"s","parent":[{"reference":"Device/d"}]})")));
  EXPECT_FALSE(run(
      observation(R"({"resourceType":"Specimen","id":"s","subject":{"reference":"Device/d"}})")));
  EXPECT_TRUE(run(collection(
      R"({"resourceType":"Group","actual":true,"member":[{"entity":{"reference":"Device/d"}}]})")));
  EXPECT_FALSE(run(collection(
      R"({"resourceType":"Group","actual":false,"member":[{"entity":{"reference":"Device/d"}}]})")));
}

TEST(Searchset, Refuses) {
  const auto policy = testing::compile(kRules);
  const struct {
    const char* about;
    std::string body;
    Interaction interaction;
    ErrorCode code;
  } table[] = {
      {"unknown type", R"({"resourceType":"Nothing"})", Interaction::kRead,
       ErrorCode::kUnknownResourceType},
      {"no type at all", "{}", Interaction::kRead, ErrorCode::kUnknownResourceType},
      {"array", "[]", Interaction::kRead, ErrorCode::kNotAnObject},
      {"broken", searchset(R"(,"entry":[{"resource":{"resourceType":"Group","a":1,"a":2}}])"),
       Interaction::kSearch, ErrorCode::kDuplicateKey},
  };
  Context context;
  for (const auto& row : table) {
    const auto result = testing::redact(context, *policy, row.interaction, row.body);
    EXPECT_EQ(error_name(result.error.code), error_name(row.code)) << row.about;
    EXPECT_FALSE(result.allowed) << row.about;
    EXPECT_EQ(result.out, "") << row.about;
  }
  // The context stays usable.
  EXPECT_TRUE(
      testing::redact(context, *policy, Interaction::kRead, R"({"resourceType":"Observation"})")
          .allowed);
}

// SPEC 7.4.
TEST(Resource, ContainedLeavesWithItsContainer) {
  const auto policy = testing::compile(R"([{"resourceType":"Observation"}])");
  const auto observation = [](const std::string& item) {
    return R"({"resourceType":"Observation","contained":[)" + item + "]}";
  };
  const std::string specimen = observation(R"({"resourceType":"Specimen","id":"s"})");
  EXPECT_EQ(testing::redact(*policy, Interaction::kRead, specimen).out, specimen);
  const std::string with_meta = observation(
      R"({"resourceType":"Specimen","meta":{"account":{"reference":"Organization/o"}},"id":"s"})");
  EXPECT_EQ(testing::redact(*policy, Interaction::kRead, with_meta).out, specimen);  // SPEC 7.7
  for (const char* item : {R"({"resourceType":"Patient"})", R"({"resourceType":"RelatedPerson"})",
                           R"({"resourceType":"Nothing"})", "{}", "7"}) {
    EXPECT_EQ(testing::redact(*policy, Interaction::kRead, observation(item)).out,
              R"({"resourceType":"Observation"})")
        << item;
  }
  const auto both =
      testing::compile(R"([{"resourceType":"Observation"},{"resourceType":"Patient"}])");
  const std::string patient = observation(R"({"resourceType":"Patient","id":"s"})");
  EXPECT_EQ(testing::redact(*both, Interaction::kRead, patient).out, patient);
}

TEST(Resource, AllowsDeniesRedacts) {
  const auto policy = testing::compile(kRules);
  const std::string allowed = R"( {"resourceType":"Patient","active":true,"name":[],"id":"1"} )";
  const auto result = testing::redact(*policy, Interaction::kRead, allowed);
  EXPECT_TRUE(result.allowed);
  EXPECT_EQ(result.out, R"( {"resourceType":"Patient","active":true,"id":"1"} )");
  for (const char* denied :
       {R"({"resourceType":"Patient","active":false})", R"({"resourceType":"Group"})",
        R"({"resourceType":"Login"})", R"({"resourceType":"Patient","contained":[]})"}) {
    const auto refused = testing::redact(*policy, Interaction::kRead, denied);
    EXPECT_FALSE(refused.error) << denied;
    EXPECT_FALSE(refused.allowed) << denied;
    EXPECT_EQ(refused.out, "") << denied;
  }
  Context context;
  decide::Decision decision;
  const std::string padded = allowed + std::string(json::kPadding, ' ');
  ASSERT_FALSE(context.decide(*policy, Interaction::kRead,
                              std::string_view(padded).substr(0, allowed.size()), decision));
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.rule, 0);
}

TEST(Resource, HoldsToLimits) {
  Limits limits;
  limits.max_body_bytes = 400;
  const auto policy = testing::compile(R"([{"resourceType":"Observation"}])", "{}", limits);
  EXPECT_TRUE(
      testing::redact(*policy, Interaction::kRead, R"({"resourceType":"Observation"})").allowed);
  const auto result = testing::redact(*policy, Interaction::kRead,
                                      R"({"resourceType":"Observation"})" + std::string(400, ' '));
  EXPECT_EQ(result.error.code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace fhirwall::filter
