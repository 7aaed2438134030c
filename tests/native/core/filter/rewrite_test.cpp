#include "core/filter/rewrite.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;
using testing::run_stream;

// One column a claim: where the stream comes from, and where its reader finds it.
const Rewrite kRewrite = {"https://in.example/fhir", "https://out.example:8443/base/R4"};

constexpr const char* kRules = R"([
  {"resourceType":"Patient","hiddenFields":["name"]},
  {"resourceType":"Observation","criteria":"Observation?status=final"}])";

struct Row {
  const char* about;
  std::string input;
  std::string output;
  std::string links = {};
  Interaction interaction = Interaction::kSearch;
};

void check(const std::vector<Row>& table) {
  const auto policy = testing::compile(kRules);
  std::mt19937 random(7);
  for (const Row& row : table) {
    for (int round = 0; round < 12; ++round) {
      const std::size_t chunk = round == 0   ? 1
                                : round == 1 ? 1000000
                                             : 1 + random() % row.input.size();
      const auto result = run_stream(policy, row.interaction, Format::kBundle, OnInvalid::kError,
                                     row.input, chunk, kRewrite);
      EXPECT_FALSE(result.error) << row.about << ' ' << chunk;
      EXPECT_EQ(result.out, row.output) << row.about << ' ' << chunk;
      EXPECT_EQ(result.links, row.links) << row.about << ' ' << chunk;
    }
  }
}

std::string searchset(const std::string& rest) {
  return R"({"resourceType":"Bundle","type":"searchset")" + rest + "}";
}
std::string history(const std::string& rest) {
  return R"({"resourceType":"Bundle","type":"history")" + rest + "}";
}
const std::string kPatient = R"({"resourceType":"Patient","id":"1"})";

TEST(Rewrite, ExchangesWhatAFullUrlBeginsWith) {
  struct Url {
    const char* input;
    const char* output;  // null: cut
  };
  const Url table[] = {
      {"https://in.example/fhir/Patient/1", "https://out.example:8443/base/R4/Patient/1"},
      {"https://in.example/fhir/", "https://out.example:8443/base/R4/"},
      // Escapes: what stands for the prefix goes with them, the rest keeps its own.
      {R"(https:\/\/in.example\/fhir\/Patient\/1)",
       R"(https://out.example:8443/base/R4\/Patient\/1)"},
      {R"(\u0068ttps:\u002f\u002Fin.exampl\u0065/fhir\u002fP\u0061tient/1)",
       R"(https://out.example:8443/base/R4\u002fP\u0061tient/1)"},
      {R"(https://in.example/fhir/Patient/\"\ud83d\ude00)",
       R"(https://out.example:8443/base/R4/Patient/\"\ud83d\ude00)"},
      // Another place, whoever reads it.
      {"https://in.example/fhir", nullptr},
      {"https://in.example/fhirs/Patient/1", nullptr},
      {"https://in.example/fhir?x", nullptr},
      {"https://in.example/fhi", nullptr},
      {"https://in.example:80/fhir/Patient/1", nullptr},
      {"HTTPS://in.example/fhir/Patient/1", nullptr},
      {"http://in.example/fhir/Patient/1", nullptr},
      {"http://10.0.0.7/fhir/Patient/1", nullptr},
      {R"(https:\/\/10.0.0.7/Patient/1)", nullptr},
      {"//10.0.0.7/Patient/1", nullptr},
      {"/fhir/Patient/1", nullptr},
      {R"(\\\\host\\Patient)", nullptr},
      {" http://host/Patient/1", nullptr},
      {R"(\thttp://host/Patient/1)", nullptr},
      {"in.example/fhir/Patient/1", nullptr},
      {"urn:x:host", nullptr},
      {"URN:uuid:host", nullptr},
      {"file:Patient/1", nullptr},
      {R"(https:\ud83d\ude00)", nullptr},
      {R"(https:\n)", nullptr},
      {"", nullptr},
      // No place.
      {"urn:uuid:0b3bc0a2-6e4e-4c3a-b0f3-0a6b7c8d9e0f",
       "urn:uuid:0b3bc0a2-6e4e-4c3a-b0f3-0a6b7c8d9e0f"},
      {R"(urn\u003auuid:1)", R"(urn\u003auuid:1)"},
      {"urn:oid:1.2.3", "urn:oid:1.2.3"},
      {"Patient/1", "Patient/1"},
      {R"(Patient\/1)", R"(Patient\/1)"},
  };
  for (const Url& url : table) {
    const std::string input = url.input;
    const std::string kept =
        url.output == nullptr ? "" : std::string(R"("fullUrl" : ")") + url.output + "\",";
    const std::string behind =
        url.output == nullptr ? "" : std::string(R"(,"fullUrl" : ")") + url.output + "\"";
    check(
        {{url.input,
          searchset(R"(,"entry":[{"fullUrl" : ")" + input + R"(","resource":)" + kPatient + "}]"),
          searchset(R"(,"entry":[{)" + kept + R"("resource":)" + kPatient + "}]")},
         {url.input,
          searchset(R"(,"entry":[{"resource":)" + kPatient + R"(,"fullUrl" : ")" + input + "\"}]"),
          searchset(R"(,"entry":[{"resource":)" + kPatient + behind + "}]")}});
  }
}

TEST(Rewrite, TakesTheLinksOut) {
  const std::string entry =
      R"(,"entry":[{"fullUrl":"https://in.example/fhir/Patient/1","resource":)" + kPatient + "}]";
  const std::string entry_out =
      R"(,"entry":[{"fullUrl":"https://out.example:8443/base/R4/Patient/1","resource":)" +
      kPatient + "}]";
  const std::string links =
      R"([ {"relation":"next","url":"https:\/\/in.example/fhir?p=2","x":1} , {"relation":"last","url":"u"}, {"relation":"self","url":"s"}])";
  const std::string links_out =
      R"([ {"relation":"next","url":"https:\/\/in.example/fhir?p=2"} , {"relation":"self","url":"s"}])";
  check({
      {"in front of the entries", searchset(",\"link\":" + links + entry), searchset(entry_out),
       links_out},
      {"behind them", searchset(entry + ",\"link\":" + links), searchset(entry_out), links_out},
      {"first", "{\"link\":" + links + R"(,"resourceType":"Bundle","type":"searchset"})",
       R"({"resourceType":"Bundle","type":"searchset"})", links_out},
      {"the key written otherwise", searchset(entry + ",\"l\\u0069nk\":" + links),
       searchset(entry_out), links_out},
      {"without entries", searchset(",\"link\":" + links), searchset(""), links_out},
      {"with no entry released", searchset(",\"link\":" + links + R"(,"entry":[{"fullUrl":"x"}])"),
       searchset(""), links_out},
      {"none", searchset(entry), searchset(entry_out)},
      {"none that is allowed", searchset(R"(,"link":[{"relation":"last","url":"u"}])" + entry),
       searchset(entry_out)},
      {"no array", searchset(R"(,"link":{"relation":"next","url":"u"})" + entry),
       searchset(entry_out)},
      {"of an entry",
       searchset(R"(,"entry":[{"link":)" + links + ",\"resource\":" + kPatient + "}]"),
       searchset(",\"entry\":[{\"resource\":" + kPatient + "}]")},
      {"of a history", history(",\"link\":" + links + entry), history(entry_out), links_out,
       Interaction::kHistory},
      {"a resource has none of it", R"({"resourceType":"Patient","link":[{"type":"seealso"}]})",
       R"({"resourceType":"Patient","link":[{"type":"seealso"}]})"},
  });
}

TEST(Rewrite, ExchangesLocationsAndRequestsOfAHistory) {
  const std::string entry = R"({"resource":)" + kPatient;
  const auto one = [&](const std::string& rest) {
    return history(",\"entry\":[" + entry + rest + "}]");
  };
  check({
      {"location without its query",
       one(R"(,"response":{"status":"200","location":"https:\/\/in.example/fhir/Patient/1/_history/2?x=y"})"),
       one(R"(,"response":{"status":"200","location":"https://out.example:8443/base/R4/Patient/1/_history/2"})"),
       "", Interaction::kHistory},
      {"another place",
       one(R"(,"response":{"location":"http://10.0.0.7/Patient/1","status":"200"})"),
       one(R"(,"response":{"status":"200"})"), "", Interaction::kHistory},
      {"nothing else", one(R"(,"response":{"location":"http://10.0.0.7/Patient/1"})"), one(""), "",
       Interaction::kHistory},
      {"relative", one(R"(,"response":{"location":"Patient/1/_history/2"})"),
       one(R"(,"response":{"location":"Patient/1/_history/2"})"), "", Interaction::kHistory},
      {"request",
       one(R"(,"request":{"method":"PUT","url":"https://in.example/fhir/Patient/1","ifMatch":"x"})"),
       one(R"(,"request":{"method":"PUT","url":"https://out.example:8443/base/R4/Patient/1"})"), "",
       Interaction::kHistory},
      {"request elsewhere", one(R"(,"request":{"method":"PUT","url":"http://10.0.0.7/Patient/1"})"),
       one(R"(,"request":{"method":"PUT"})"), "", Interaction::kHistory},
      {"request with nothing else", one(R"(,"request":{"url":"http://10.0.0.7/Patient/1"})"),
       one(""), "", Interaction::kHistory},
  });
}

TEST(Rewrite, LeavesResourcesAlone) {
  const std::string resource =
      R"({"resourceType":"Patient","link":[{"other":{"reference":"https://in.example/fhir/Patient/2"}}],)"
      R"("contained":[{"resourceType":"Patient","photo":[{"url":"https://in.example/fhir/Binary/1"}]}]})";
  check({{"data", searchset(",\"entry\":[{\"resource\":" + resource + "}]"),
          searchset(",\"entry\":[{\"resource\":" + resource + "}]")}});
}

// SPEC P3: what was refused, and what was cut of what was released, changes neither.
TEST(Rewrite, DependsOnWhatIsKeptOnly) {
  const auto policy = testing::compile(kRules);
  const auto body = [](const std::string& status, const std::string& name,
                       const std::string& last) {
    return searchset(
        R"(,"total":2,"link":[{"relation":"self","url":"s"}, {"relation":"last","url":")" + last +
        R"("}],"entry":[{"fullUrl":"https://in.example/fhir/Observation/)" + last +
        R"(","resource":{"resourceType":"Observation","status":")" + status +
        R"("}},{"fullUrl":"https://in.example/fhir/Patient/1","resource":{"resourceType":"Patient","name":")" +
        name + "\"}}]");
  };
  const auto first = run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError,
                                body("draft", "a", "1"), 5, kRewrite);
  const auto second = run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError,
                                 body("amended", "other", "https:\\/\\/x"), 9, kRewrite);
  EXPECT_EQ(first.out,
            searchset(R"(,"entry":[{"fullUrl":"https://out.example:8443/base/R4/Patient/1",)"
                      R"("resource":{"resourceType":"Patient"}}])"));
  EXPECT_EQ(first.links, R"([{"relation":"self","url":"s"}])");
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(second.links, first.links);
}

TEST(Rewrite, BoundsTheLinks) {
  const auto policy = testing::compile(kRules);
  const std::string around = R"([{"relation":"next","url":""}])";
  for (const std::size_t over : {std::size_t{0}, std::size_t{1}}) {
    const std::string url(64 * 1024 - around.size() + over, 'u');
    const std::string links = R"([{"relation":"next","url":")" + url + "\"}]";
    for (const std::string& entries : {std::string(), std::string(",\"entry\":[]")}) {
      const auto result =
          run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError,
                     searchset(",\"link\":" + links + entries), 1000, kRewrite);
      EXPECT_EQ(result.error.code, over == 0 ? ErrorCode::kOk : ErrorCode::kTooLarge);
      EXPECT_EQ(result.error.offset, 0u);
      EXPECT_EQ(result.links, over == 0 ? links : "");
    }
  }
}

TEST(Rewrite, GivesNoLinksWithoutItOrToNobody) {
  const std::string body = searchset(
      R"(,"link":[{"relation":"next","url":"u"}],"entry":[{"fullUrl":"http://h/Patient/1","resource":)" +
      kPatient + "}]");
  const auto plain = run_stream(testing::compile(kRules), Interaction::kSearch, Format::kBundle,
                                OnInvalid::kError, body, 7);
  EXPECT_EQ(plain.out, body);
  EXPECT_EQ(plain.links, "");
  // SPEC 2.3: without a policy everything is denied.
  const auto none = policy::compile(R"({"policies":[]})", {}).policy;
  ASSERT_NE(none, nullptr);
  for (const std::string& text : {body, searchset(R"(,"link":[{"relation":"next","url":"u"}])")}) {
    const auto denied = run_stream(none, Interaction::kSearch, Format::kBundle, OnInvalid::kError,
                                   text, 7, kRewrite);
    EXPECT_EQ(denied.out, "");
    EXPECT_EQ(denied.links, "");
  }
}

TEST(Rewrite, KnowsWhatABaseIs) {
  for (const char* const good : {"https://h", "http://h:1/a/b", "https://[::1]/~a"}) {
    EXPECT_TRUE(is_rewrite_base(good)) << good;
  }
  for (const char* const bad :
       {"", "https://h/", "https://h?a", "https://h#a", "https://h/\"", "https://h/\\",
        "https://h a", "https://h\n", "https://h/\xC3\xA9", "https://h/\x7F"}) {
    EXPECT_FALSE(is_rewrite_base(bad)) << bad;
  }
}

}  // namespace
}  // namespace fhirwall::filter
