#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;

// Observation and Basic are released whatever is in them; of a Patient its versions may differ.
constexpr const char* kRules = R"([
  {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
  {"resourceType":"Observation"},
  {"resourceType":"Basic","hiddenFields":["meta.versionId","meta.lastUpdated"]},
  {"resourceType":"Group","interaction":["history"]},
  {"resourceType":"Device","interaction":["read"]},
  {"resourceType":"Binary"}])";

std::string history(std::string_view members) {
  return R"({"resourceType":"Bundle","type":"history")" + std::string(members) + "}";
}

struct Row {
  const char* about;
  const char* input;   // entries
  const char* output;  // likewise
};

TEST(History, DecidesEachVersion) {
  const auto policy = testing::compile(kRules, R"({"baseUrls":["https://a.test/fhir"]})");
  const Row table[] =
      {
          {"8.2 by history, and by read (9.1)",
           R"({"resource":{"resourceType":"Patient","active":true,"name":[]}},{"resource":{"resourceType":"Patient","active":false}},{"resource":{"resourceType":"Group"}},{"resource":{"resourceType":"Device"}},{"resource":{"resourceType":"Observation"}})",
           R"({"resource":{"resourceType":"Patient","active":true}},{"resource":{"resourceType":"Observation"}})"},
          {"modes are for searches",
           R"({"resource":{"resourceType":"Observation"},"search":{"mode":"include"}},{"resource":{"resourceType":"OperationOutcome","issue":[{"code":"x"}]},"search":{"mode":"outcome"}})",
           R"({"resource":{"resourceType":"Observation"}})"},
          {"request and response",
           R"({"fullUrl":"f","resource":{"resourceType":"Observation"},"request":{"method":"PUT","url":"Observation/1?x=\u0079","ifMatch":"m","ifNoneExist":"n","_url":{}},"response":{"status":"200","location":"Observation/1/_history/2?q","etag":"W/\"2\"","lastModified":"2024","x":1}})",
           R"({"fullUrl":"f","resource":{"resourceType":"Observation"},"request":{"method":"PUT","url":"Observation/1"},"response":{"status":"200","location":"Observation/1/_history/2","etag":"W/\"2\"","lastModified":"2024"}})"},
          {"a query however escaped, and nothing but a query",
           R"({"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"O\u0062\\s\u003Fx\u003fy"},"response":{"location":"?x"}})",
           R"({"resource":{"resourceType":"Observation"},"request":{"method":"POST","url":"O\u0062\\s"}})"},
          {"14 version and date of a type that hides them",
           R"({"resource":{"resourceType":"Basic"},"response":{"status":"201","location":"Basic/1/_history/2","etag":"e","lastModified":"2024"}})",
           R"({"resource":{"resourceType":"Basic"},"response":{"status":"201"}})"},
          {"8.2 outcome",
           R"({"resource":{"resourceType":"Observation"},"response":{"outcome":{"resourceType":"OperationOutcome","id":"o","text":{"div":"x"},"issue":[{"severity":"error","code":"x","diagnostics":"d","details":{"text":"t","coding":[{"code":"c"}]}}]}}},{"resource":{"resourceType":"Observation"},"response":{"outcome":{"resourceType":"Patient","active":true,"name":[1]}}},{"resource":{"resourceType":"Observation"},"response":{"outcome":{"resourceType":"Patient"}}},{"resource":{"resourceType":"Observation"},"response":{"status":"1","outcome":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"d"}]}}})", R"({"resource":{"resourceType":"Observation"},"response":{"outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"x","details":{"coding":[{"code":"c"}]}}]}}},{"resource":{"resourceType":"Observation"},"response":{"outcome":{"resourceType":"Patient","active":true}}},{"resource":{"resourceType":"Observation"}},{"resource":{"resourceType":"Observation"},"response":{"status":"1"}})"},
          {"deletions, of types of which everything is released",
           R"({"request":{"method":"DELETE","url":"Observation/1"},"response":{"status":"204","etag":"e"}},{"request":{"method":"DELETE","url":"Patient/1"}},{"request":{"method":"DELETE","url":"Group/1"}},{"request":{"method":"DELETE","url":"Device/1"}},{"request":{"method":"DELETE","url":"Binary/1"}},{"request":{"method":"DELETE","url":"Nothing/1"}},{"response":{"status":"204"}},{"fullUrl":"Observation/1"},{"request":{"url":"Observation/1"}},{"request":{"method":"DELETE","url":"Basic/2"},"response":{"etag":"e"}},{"request":{"method":"DELETE","url":"observation/1"}})",
           R"({"request":{"method":"DELETE","url":"Observation/1"},"response":{"status":"204","etag":"e"}},{"request":{"method":"DELETE","url":"Basic/2"}})"},
          {"what is not about one resource once the query is gone",
           R"({"request":{"method":"DELETE","url":"Observation?code=a"}},{"request":{"method":"DELETE","url":"Observation?a"}},{"request":{"method":"DELETE","url":"Observation"}},{"request":{"method":"DELETE","url":"Observation/1?a"}},{"request":{"method":"DELETE","url":"Observation/1?%"}})",
           R"({"request":{"method":"DELETE","url":"Observation/1"}},{"request":{"method":"DELETE","url":"Observation/1"}})"},
          {"deletions below a configured base URL",
           R"({"request":{"method":"GET","url":"https://a.test/fhir/Observation/1/_history/2"},"response":{"status":"410"}},{"request":{"method":"DELETE","url":"https://b.test/fhir/Observation/1"}},{"request":{"method":"DELETE","url":"https://a.test/fhirObservation/1"}})",
           R"({"request":{"method":"GET","url":"https://a.test/fhir/Observation/1/_history/2"},"response":{"status":"410"}})"},
      };
  for (const Row& row : table) {
    const std::string body = history(",\"entry\":[" + std::string(row.input) + "]");
    const auto result = testing::redact(*policy, Interaction::kHistory, body);
    EXPECT_FALSE(result.error) << row.about << ": " << error_name(result.error.code);
    EXPECT_TRUE(result.allowed) << row.about;
    EXPECT_EQ(result.out, history(",\"entry\":[" + std::string(row.output) + "]")) << row.about;
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, body.size()}) {
      const auto streamed = testing::run_stream(policy, Interaction::kHistory, Format::kBundle,
                                                OnInvalid::kError, body, chunk);
      EXPECT_FALSE(streamed.error) << row.about << ": " << error_name(streamed.error.code);
      EXPECT_EQ(streamed.out, result.out) << row.about << ", chunks of " << chunk;
    }
    // `type` behind `entry`: the whole document is built first.
    const std::string late =
        R"({"resourceType":"Bundle","entry":[)" + std::string(row.input) + R"(],"type":"history"})";
    EXPECT_EQ(testing::redact(*policy, Interaction::kHistory, late).out,
              R"({"resourceType":"Bundle","entry":[)" + std::string(row.output) +
                  R"(],"type":"history"})")
        << row.about;
  }
}

// Within projects, and behind a rule with criteria, nobody sees all of a type.
TEST(History, DeletionsNeedATypeThatIsWhollyReleased) {
  const std::string body = history(
      R"(,"entry":[{"request":{"method":"DELETE","url":"Observation/1"},"response":{"status":"204"}}])");
  EXPECT_EQ(
      testing::redact(*testing::compile(R"([{"resourceType":"*"}])"), Interaction::kHistory, body)
          .out,
      body);
  for (
      const char* rules : {
          R"([{"resourceType":"Observation","criteria":"Observation?status=final"}])",
          R"([{"resourceType":"Observation","criteria":"Observation?status=final"},{"resourceType":"Observation"}])",
          R"([{"resourceType":"Observation","interaction":["history","search"]}])",
          R"([{"resourceType":"Patient"}])",
      }) {
    EXPECT_EQ(testing::redact(*testing::compile(rules), Interaction::kHistory, body).out,
              history(""))
        << rules;
  }
  const auto within = policy::compile(
      R"({"policies":[{"resourceType":"AccessPolicy","resource":[{"resourceType":"*"}]}],"project":{"reference":"Project/5f2a0f0e-0000-4000-8000-000000000001"}})",
      Limits{});
  ASSERT_NE(within.policy, nullptr);
  EXPECT_EQ(testing::redact(*within.policy, Interaction::kHistory, body).out, history(""));
}

TEST(History, StripsTheEnvelope) {
  const std::string members =
      R"(,"id":"b","total":7,"link":[{"relation":"last","url":"l"},{"relation":"self","url":"s"}],"identifier":{"system":"s","value":"v","assigner":{"display":"d"}},"signature":{},"meta":{"extension":[{"url":"u","valueReference":{"display":"d"}}],"lastUpdated":"2024"})";
  const std::string rest =
      R"(,"link":[{"relation":"self","url":"s"}],"identifier":{"system":"s","value":"v"},"meta":{"lastUpdated":"2024"})";
  EXPECT_EQ(testing::redact(*testing::compile(kRules), Interaction::kHistory, history(members)).out,
            history(R"(,"id":"b")" + rest));
  EXPECT_EQ(testing::redact(*testing::compile(kRules, R"({"exactTotals":true})"),
                            Interaction::kHistory, history(members))
                .out,
            history(R"(,"id":"b","total":7)" + rest));
  EXPECT_EQ(testing::redact(*testing::compile(kRules, R"({"exactTotals":true})"),
                            Interaction::kHistory, history(R"(,"total":"7","_total":{})"))
                .out,
            history(""));
}

// P3: versions that are refused leave no trace, wherever they stand and whatever is in them.
TEST(History, RefusedVersionsLeaveNoTrace) {
  const auto policy = testing::compile(kRules);
  const std::vector<std::string> kept = {
      R"({"resource":{"resourceType":"Observation","id":"1"},"response":{"status":"200"}})",
      R"({"request":{"method":"DELETE","url":"Observation/2"}})",
      R"({"resource":{"resourceType":"Patient","active":true,"id":"3"}})"};
  const std::vector<std::string> refused = {
      R"({"resource":{"resourceType":"Patient","id":"3","active":false},"response":{"etag":"1"}})",
      R"({"request":{"method":"DELETE","url":"Patient/3"},"response":{"status":"204"}})",
      R"({"resource":{"resourceType":"Group","member":[{"entity":{"reference":"Patient/1"}}]}})",
      R"({"resource":{"resourceType":"Patient","contained":[{"resourceType":"Patient"}]}})", "7"};
  const std::uint32_t seed = 20240602;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  const auto text = [](const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) {
      out.append(out.empty() ? "" : ",").append(item);
    }
    return history(",\"entry\":[" + out + "]");
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> items;
    for (const std::string& item : kept) {
      for (std::size_t i = random() % 3; i > 0; --i) {
        items.push_back(refused[random() % refused.size()]);
      }
      items.push_back(item);
    }
    ASSERT_EQ(testing::redact(*policy, Interaction::kHistory, text(items)).out, text(kept))
        << text(items);
    const auto streamed = testing::run_stream(policy, Interaction::kHistory, Format::kBundle,
                                              OnInvalid::kError, text(items), 1 + random() % 40);
    ASSERT_EQ(streamed.out, text(kept)) << text(items);
  }
}

// SPEC 8.2: the Bundle must answer what was asked; any other needs a rule for Bundle.
TEST(History, OtherBundlesAreResources) {
  const std::string entry = R"(,"entry":[{"resource":{"resourceType":"Observation"}}])";
  const auto none = testing::compile(kRules);
  for (const Interaction interaction :
       {Interaction::kRead, Interaction::kVread, Interaction::kSearch, Interaction::kCreate}) {
    const auto result = testing::redact(*none, interaction, history(entry));
    EXPECT_FALSE(result.error) << error_name(result.error.code);
    EXPECT_FALSE(result.allowed);
  }
  const auto searchset = R"({"resourceType":"Bundle","type":"searchset")" + entry + "}";
  EXPECT_FALSE(testing::redact(*none, Interaction::kHistory, searchset).allowed);
  EXPECT_TRUE(testing::redact(*none, Interaction::kSearch, searchset).allowed);
}

}  // namespace
}  // namespace fhirwall::filter
