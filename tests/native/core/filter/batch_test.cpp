#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;

constexpr const char* kRules = R"([
  {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
  {"resourceType":"Observation"},
  {"resourceType":"Basic","hiddenFields":["meta.versionId"]},
  {"resourceType":"Group","interaction":["create","update"],"hiddenFields":["name"]},
  {"resourceType":"Device","interaction":["search"]}])";

const std::string kLiteral = R"({"response":{"status":"403"}})";

std::string request(std::string_view method, std::string_view url, std::string_view more = "") {
  return std::string(R"({"request":{"method":")")
      .append(method)
      .append(R"(","url":")")
      .append(url)
      .append("\"")
      .append(more)
      .append("}}");
}
std::string bundle(std::string_view type, const std::vector<std::string>& entries) {
  std::string out = R"({"resourceType":"Bundle","type":")" + std::string(type) + "\"";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    out.append(i == 0 ? R"(,"entry":[)" : ",").append(entries[i]);
  }
  return out + (entries.empty() ? "}" : "]}");
}
std::string searchset(std::string_view members) {
  return R"({"resource":{"resourceType":"Bundle","type":"searchset")" + std::string(members) +
         R"(},"response":{"status":"200"}})";
}
std::string histories(std::string_view members) {
  return R"({"resource":{"resourceType":"Bundle","type":"history")" + std::string(members) +
         R"(},"response":{"status":"200"}})";
}

struct Row {
  std::string about;
  std::string request;
  std::string entry;
  std::string out;
};

const std::string kPatient =
    R"({"resource":{"resourceType":"Patient","id":"1","active":true},"response":{"status":"200"}})";
const std::string kOpen = R"({"resourceType":"Observation","id":"o"})";
const std::string kNotFound = R"({"response":{"status":"404"}})";

std::vector<Row> table() {
  const std::string refused_patient =
      R"({"resource":{"resourceType":"Patient","id":"1","active":false},"response":{"status":"200"}})";
  const std::string done = R"({"response":{"status":"200"}})";
  return {
      {"read", request("GET", "Patient/1"),
       R"({"fullUrl":"f","resource":{"resourceType":"Patient","name":[],"id":"1","active":true},"x":1,"search":{"mode":"match"},"request":{"url":"u"},"response":{"status":"200","etag":"e","x":1}})",
       R"({"fullUrl":"f","resource":{"resourceType":"Patient","id":"1","active":true},"response":{"status":"200","etag":"e"}})"},
      {"read, refused", request("GET", "Patient/1"), refused_patient, kLiteral},
      {"read of what may be refused, not there", request("GET", "Patient/1"), kNotFound, kLiteral},
      {"read of what may be refused, not changed", request("GET", "Patient/1"),
       R"({"response":{"status":"304","etag":"e"}})", kLiteral},
      {"read of what never is refused, not there", request("GET", "Observation/1"),
       R"({"response":{"status":"404","etag":"e","outcome":{"resourceType":"OperationOutcome","issue":[{"code":"x","diagnostics":"d"}]}}})",
       R"({"response":{"status":"404","outcome":{"resourceType":"OperationOutcome","issue":[{"code":"x"}]}}})"},
      {"read of a type without any rule", request("GET", "Encounter/1"), kNotFound, kLiteral},
      {"read, and another type comes", request("GET", "Patient/1"),
       R"({"resource":{"resourceType":"Observation"}})", kLiteral},
      {"vread needs read", request("GET", "Patient/1/_history/2"), kPatient, kPatient},
      {"HEAD is GET", request("HEAD", "Observation/1"), done, done},
      {"version of a type that hides it", request("GET", "Basic/1"),
       R"({"resource":{"resourceType":"Basic"},"response":{"status":"200","etag":"e","location":"l","lastModified":"d"}})",
       R"({"resource":{"resourceType":"Basic"},"response":{"status":"200","lastModified":"d"}})"},
      {"search", request("GET", "Patient?active=true"),
       searchset(
           R"(,"total":2,"entry":[{"resource":{"resourceType":"Patient","active":false}},{"resource":{"resourceType":"Patient","name":1,"active":true}}])"),
       searchset(R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}}])")},
      {"search, all refused", request("GET", "Patient"),
       searchset(R"(,"entry":[{"resource":{"resourceType":"Patient","active":false}}])"),
       searchset("")},
      {"search with an include", request("GET", "Observation?_include=Observation:subject"),
       searchset(
           R"(,"entry":[{"resource":{"resourceType":"Patient","id":"1","active":true},"search":{"mode":"include"}},{"resource":{"resourceType":"Patient","id":"2","active":true},"search":{"mode":"include"}},{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/1"}}}])"),
       searchset(
           R"(,"entry":[{"resource":{"resourceType":"Patient","id":"1","active":true},"search":{"mode":"include"}},{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/1"}}}])")},
      {"search of a type without a rule for it", request("GET", "Group"), searchset(""), kLiteral},
      {"search by type only", request("GET", "Device?status=active"),
       searchset(R"(,"entry":[{"resource":{"resourceType":"Device"}}])"),
       searchset(R"(,"entry":[{"resource":{"resourceType":"Device"}}])")},
      {"search, no searchset comes", request("GET", "Patient?x=y"), histories(""), kLiteral},
      {"search of the system", request("GET", "?_type=Patient,Group"),
       searchset(
           R"(,"entry":[{"resource":{"resourceType":"Group"}},{"resource":{"resourceType":"Patient","active":true}}])"),
       searchset(R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}}])")},
      {"search that failed", request("GET", "Patient?x=y"),
       R"({"response":{"status":"400","etag":"e"}})", R"({"response":{"status":"400"}})"},
      {"search that failed, of the system", request("GET", "?_type=Patient"),
       R"({"response":{"status":"400"}})", kLiteral},
      {"etag of a search tells what is in it", request("GET", "Observation"),
       R"({"resource":{"resourceType":"Bundle","type":"searchset"},"response":{"status":"200","etag":"e","lastModified":"d","location":"l"}})",
       searchset("")},
      {"compartment of what may be refused, empty", request("GET", "Patient/1/Observation"),
       searchset(""), kLiteral},
      {"compartment of what may be refused", request("GET", "Patient/1/Observation"),
       searchset(",\"entry\":[{\"resource\":" + kOpen + "}]"),
       searchset(",\"entry\":[{\"resource\":" + kOpen + "}]")},
      {"history of one", request("GET", "Patient/1/_history"),
       histories(
           R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}},{"request":{"method":"DELETE","url":"Patient/1"}}])"),
       histories(R"(,"entry":[{"resource":{"resourceType":"Patient","active":true}}])")},
      {"history of one, all refused", request("GET", "Patient/1/_history"),
       histories(R"(,"entry":[{"resource":{"resourceType":"Patient","active":false}}])"), kLiteral},
      {"history of one, not there", request("GET", "Patient/1/_history"), kNotFound, kLiteral},
      {"history of one that never is refused", request("GET", "Observation/1/_history"),
       histories(R"(,"entry":[{"request":{"method":"DELETE","url":"Observation/1"}}])"),
       histories(R"(,"entry":[{"request":{"method":"DELETE","url":"Observation/1"}}])")},
      {"history of a type", request("GET", "Patient/_history"),
       histories(R"(,"entry":[{"resource":{"resourceType":"Patient","active":false}}])"),
       histories("")},
      {"create without a body", request("POST", "Patient"),
       R"({"response":{"status":"201","location":"Patient/1/_history/1","etag":"e","lastModified":"d","outcome":{"resourceType":"OperationOutcome","issue":[{"diagnostics":"d"}]}}})",
       R"({"response":{"status":"201","location":"Patient/1/_history/1","etag":"e","lastModified":"d"}})"},
      {"create without a body, of a type that hides versions", request("POST", "Basic"),
       R"({"response":{"status":"201","location":"Basic/1/_history/1","etag":"e","lastModified":"d"}})",
       R"({"response":{"status":"201","lastModified":"d"}})"},
      {"create without a rule", request("POST", "Device"), R"({"response":{"status":"201"}})",
       kLiteral},
      {"9.8 create with a body", request("POST", "Group"),
       R"({"resource":{"resourceType":"Group","name":"n","id":"g"},"response":{"status":"201"}})",
       R"({"resource":{"resourceType":"Group","id":"g"},"response":{"status":"201"}})"},
      {"9.8 update shows what only read grants", request("PUT", "Group/g"),
       R"({"resource":{"resourceType":"Group","id":"g"},"response":{"status":"200"}})", kLiteral},
      {"9.8 update", request("PUT", "Patient/1"),
       R"({"resource":{"resourceType":"Patient","name":[],"active":true},"response":{"status":"200"}})",
       R"({"resource":{"resourceType":"Patient","active":true},"response":{"status":"200"}})"},
      {"patch", request("PATCH", "Patient/1"), done, done},
      {"delete", request("DELETE", "Patient/1"), R"({"response":{"status":"204"}})",
       R"({"response":{"status":"204"}})"},
      {"a write that failed", request("PUT", "Patient/1"),
       R"({"response":{"status":"412","etag":"e","location":"l"}})",
       R"({"response":{"status":"412"}})"},
      {"13.4 conditional, where hidden elements decide", request("PUT", "Basic?identifier=x"),
       R"({"response":{"status":"200"}})", kLiteral},
      {"13.4 conditional, where nothing is hidden", request("PUT", "Observation?identifier=x"),
       done, done},
      {"13.4 conditional create", request("POST", "Patient", R"(,"ifNoneExist":"name=x")"), done,
       kLiteral},
      {"13.7 operation", request("GET", "Patient/1/$everything"), searchset(""), kLiteral},
      {"a batch in a batch", request("POST", ""), done, kLiteral},
      {"metadata", request("GET", "metadata"),
       R"({"resource":{"resourceType":"CapabilityStatement"}})", kLiteral},
      {"13.1 not canonical", request("GET", "Patient//1"), kPatient, kLiteral},
      {"absolute, nobody's base", request("GET", "https://b.test/Patient/1"), kPatient, kLiteral},
      {"absolute, below a base", request("GET", "https://a.test/fhir/Patient/1"), kPatient,
       kPatient},
      {"no request", "{}", kPatient, kLiteral},
      {"a request of another shape", "7", kPatient, kLiteral},
      {"an entry of another shape", request("GET", "Observation/1"), "7", kLiteral},
      {"an entry with nothing in it", request("DELETE", "Observation/1"), "{}", kLiteral},
      {"a resource of another shape", request("GET", "Observation/1"), R"({"resource":[]})",
       kLiteral},
      {"a Bundle that is read", request("GET", "Bundle/1"), searchset(""), kLiteral},
      {"outcome of another type is read", request("GET", "Observation/1"),
       R"({"response":{"outcome":{"resourceType":"Patient","active":true,"name":1},"status":"404"}})",
       R"({"response":{"outcome":{"resourceType":"Patient","active":true},"status":"404"}})"},
  };
}

TEST(Batch, DecidesByTheRequest) {
  const auto policy = testing::compile(kRules, R"({"baseUrls":["https://a.test/fhir"]})");
  Context context;
  std::vector<std::string> requests;
  std::vector<std::string> entries;
  std::vector<std::string> outs;
  for (const Row& row : table()) {
    const auto result = testing::redact_batch(context, *policy, bundle("batch", {row.request}),
                                              bundle("batch-response", {row.entry}));
    EXPECT_FALSE(result.error) << row.about << ": " << error_name(result.error.code);
    EXPECT_TRUE(result.allowed) << row.about;
    EXPECT_EQ(result.out, bundle("batch-response", {row.out})) << row.about;
    requests.push_back(row.request);
    entries.push_back(row.entry);
    outs.push_back(row.out);
  }
  // All in one, and in place, where literals are longer than what they stand for.
  const std::string asked = bundle("transaction", requests) + std::string(json::kPadding, '\0');
  std::string body = bundle("transaction-response", entries);
  const std::size_t size = body.size();
  body.append(json::kPadding, '\0');
  std::string out;
  std::string_view released;
  bool allowed = false;
  ASSERT_FALSE(context.redact_in_place(
      *policy, Asked::batch(std::string_view(asked).substr(0, asked.size() - json::kPadding)),
      {body.data(), size}, out, released, allowed));
  EXPECT_EQ(released, bundle("transaction-response", outs));
}

// P3: what is refused could be anything else that is refused.
TEST(Batch, RefusedEntriesLookAlike) {
  const auto policy = testing::compile(kRules);
  const std::vector<std::string> hidden = {
      R"({"resource":{"resourceType":"Patient","id":"1","active":false},"response":{"status":"200","etag":"e"}})",
      kNotFound,
      R"({"response":{"status":"410","outcome":{"resourceType":"OperationOutcome","issue":[{"code":"deleted"}]}}})",
      R"({"resource":{"resourceType":"Patient","active":[],"contained":[{}]}})",
      R"({ "response" : { "status":"304" } })"};
  const std::string visible = "{\"resource\":" + kOpen + ",\"response\":{\"status\":\"200\"}}";
  Context context;
  const std::uint32_t seed = 20240603;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> requests, first, second, expected;
    for (std::size_t i = random() % 6; i > 0; --i) {
      const bool shown = random() % 2 == 0;
      requests.push_back(request("GET", shown ? "Observation/o" : "Patient/1"));
      first.push_back(shown ? visible : hidden[random() % hidden.size()]);
      second.push_back(shown ? visible : hidden[random() % hidden.size()]);
      expected.push_back(shown ? visible : kLiteral);
    }
    const std::string asked = bundle("batch", requests);
    const auto one =
        testing::redact_batch(context, *policy, asked, bundle("batch-response", first));
    const auto two =
        testing::redact_batch(context, *policy, asked, bundle("batch-response", second));
    ASSERT_EQ(one.out, bundle("batch-response", expected));
    ASSERT_EQ(one.out, two.out);
  }
}

TEST(Batch, ListedInteractions) {
  const auto policy = testing::compile(kRules);
  const struct {
    const char* asked;
    std::string entry;
    std::string out;
  } rows[] = {
      {R"("read")", kPatient, kPatient},
      {R"("read")", kNotFound, kLiteral},
      {R"({"interaction":"read","resourceType":"Observation"})", kNotFound, kNotFound},
      {R"({"interaction":"read","resourceType":"Observation"})", kPatient, kLiteral},
      {R"("search")", searchset(""), searchset("")},
      {R"("history")", histories(""), kLiteral},
      {R"("create")", R"({"response":{"status":"201"}})", kLiteral},
      {R"({"interaction":"patch","resourceType":"Patient"})", R"({"response":{"status":"200"}})",
       R"({"response":{"status":"200"}})"},
      {"null", kPatient, kLiteral},
      {R"("nothing")", kPatient, kLiteral},
  };
  Context context;
  for (const auto& row : rows) {
    const auto result =
        testing::redact_batch(context, *policy, std::string("[").append(row.asked).append("]"),
                              bundle("batch-response", {row.entry}));
    EXPECT_FALSE(result.error) << row.asked;
    EXPECT_EQ(result.out, bundle("batch-response", {row.out})) << row.asked;
  }
}

TEST(Batch, Refuses) {
  const auto policy = testing::compile(kRules);
  const std::string one = bundle("batch", {request("GET", "Observation/1")});
  const std::string answer = bundle("batch-response", {kNotFound});
  const struct {
    const char* about;
    std::string requests;
    std::string body;
    ErrorCode code;
  } rows[] = {
      {"nothing was sent", "", answer, ErrorCode::kBatchRequest},
      {"no batch", bundle("searchset", {request("GET", "Observation/1")}), answer,
       ErrorCode::kBatchRequest},
      {"no Bundle", R"({"type":"batch","entry":[]})", answer, ErrorCode::kBatchRequest},
      {"no type", R"({"resourceType":"Bundle"})", answer, ErrorCode::kBatchRequest},
      {"entries of another shape", R"({"resourceType":"Bundle","type":"batch","entry":{}})", answer,
       ErrorCode::kBatchRequest},
      {"a text", "\"read\"", answer, ErrorCode::kBatchRequest},
      {"broken", "[", answer, ErrorCode::kInvalidJson},
      {"more answers", "[]", answer, ErrorCode::kBatchEntries},
      {"fewer answers", one, bundle("batch-response", {}), ErrorCode::kBatchEntries},
      {"entries of the answer of another shape", one,
       R"({"resourceType":"Bundle","type":"batch-response","entry":{}})", ErrorCode::kBatchEntries},
      {"no answer to a batch", one, bundle("searchset", {kNotFound}),
       ErrorCode::kUnsupportedBundle},
      {"no Bundle comes", one, R"({"resourceType":"OperationOutcome"})",
       ErrorCode::kUnsupportedBundle},
      {"broken answer", one, bundle("batch-response", {R"({"a":1,"a":2})"}),
       ErrorCode::kDuplicateKey},
  };
  Context context;
  for (const auto& row : rows) {
    const auto result = testing::redact_batch(context, *policy, row.requests, row.body);
    EXPECT_EQ(error_name(result.error.code), error_name(row.code)) << row.about;
    EXPECT_FALSE(result.allowed) << row.about;
    EXPECT_EQ(result.out, "") << row.about;
  }
  // Nothing of the last call is left for the next.
  EXPECT_EQ(testing::redact_batch(context, *policy, "[]", bundle("batch-response", {})).out,
            bundle("batch-response", {}));
  // A policy that denies everything denies the answer, too.
  const auto result = testing::redact_batch(context, *testing::compile("[]"), one, answer);
  EXPECT_FALSE(result.error);
  // As any other Bundle the answer to a batch needs a rule.
  EXPECT_FALSE(testing::redact(*policy, Interaction::kRead, answer).allowed);
}

// What is fetched in advance: of every entry as it will be decided.
TEST(Batch, ListsReferences) {
  const auto policy = testing::compile(
      R"([{"resourceType":"Observation","criteria":"Observation?subject:Patient.active=true"}])",
      R"({"resolve":true})");
  const std::string padding(json::kPadding, '\0');
  const std::string asked = R"(["read","search",null])";
  const std::string body = bundle(
      "batch-response",
      {R"({"resource":{"resourceType":"Observation","subject":{"reference":"Patient/1"}}})",
       searchset(
           R"(,"entry":[{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/2"}}}])"),
       "{}"});
  Context context;
  std::vector<std::string> references;
  const std::string padded = body + padding;
  const std::string padded_asked = asked + padding;
  ASSERT_FALSE(context.references(
      *policy, Asked::batch(std::string_view(padded_asked).substr(0, asked.size())),
      std::string_view(padded).substr(0, body.size()), references));
  EXPECT_EQ(references, (std::vector<std::string>{"Patient/1", "Patient/2"}));
}

}  // namespace
}  // namespace fhirwall::filter
