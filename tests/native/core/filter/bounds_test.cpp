#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

// Errors of the entries reach the caller wherever they arise, and what a stream remembers is
// bounded (SPEC P1, P8, 8.4).
namespace fhirwall::filter {
namespace {

using policy::Interaction;
using testing::redact;
using testing::redact_batch;
using testing::run_stream;

std::string searchset(std::string_view entries) {
  return R"({"resourceType":"Bundle","type":"searchset","entry":[)" + std::string(entries) + "]}";
}

const std::string kNames = R"("name":[{"given":["b","c","d","e"]}])";
const std::string kPatient = R"({"resourceType":"Patient",)" + kNames + "}";
// The rule for Parameters is simple; that of the Patient inside looks at more than it may.
const std::string kNested =
    R"({"resourceType":"Parameters","parameter":[{"name":"a","resource":)" + kPatient + "}]}";

Limits few_steps() {
  Limits few;
  few.max_evaluation_steps = 3;
  return few;
}

TEST(FilterErrors, OfResourcesInsideOfEntries) {
  const char* const rules =
      R"([{"resourceType":"Patient","criteria":"Patient?given=b"},{"resourceType":"Parameters"}])";
  const auto plenty = testing::compile(rules);
  const auto few = testing::compile(rules, "{}", few_steps());
  const std::string body = searchset(R"({"resource":)" + kNested + "}");
  const std::string line = kNested + "\n";
  for (const std::size_t chunk : {std::size_t{7}, std::size_t{100000}}) {
    const auto good =
        run_stream(plenty, Interaction::kSearch, Format::kBundle, OnInvalid::kError, body, chunk);
    EXPECT_FALSE(good.error);
    EXPECT_EQ(good.counts.released, 1u);
    EXPECT_TRUE(
        run_stream(few, Interaction::kSearch, Format::kBundle, OnInvalid::kError, body, chunk)
            .error);
    EXPECT_TRUE(
        run_stream(few, Interaction::kSearch, Format::kNdjson, OnInvalid::kError, line, chunk)
            .error);
  }
  EXPECT_TRUE(redact(*plenty, Interaction::kSearch, body).allowed);
  EXPECT_TRUE(redact(*few, Interaction::kSearch, body).error);
  EXPECT_TRUE(redact(*few, Interaction::kRead, kNested).error);
  Context context;
  const std::string requests = R"([{"interaction":"search","resourceType":"Parameters"}])";
  const std::string answer =
      R"({"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"200"},"resource":)" +
      body + "}]}";
  EXPECT_TRUE(redact_batch(context, *plenty, requests, answer).allowed);
  EXPECT_TRUE(redact_batch(context, *few, requests, answer).error);
}

TEST(FilterErrors, OfWhatIsNoResource) {
  const auto policy = testing::compile(R"([{"resourceType":"*"}])");
  Context context;
  for (const std::string body :
       {"[1]", R"("Patient")", "null", R"([{"resourceType":"Patient"}])"}) {
    const std::string padded = body + std::string(json::kPadding, '\0');
    decide::Decision decision;
    const Error error = context.decide(*policy, Interaction::kRead,
                                       std::string_view(padded).substr(0, body.size()), decision);
    EXPECT_EQ(error.code, ErrorCode::kNotAnObject) << body;
    EXPECT_FALSE(decision.allowed) << body;
  }
}

// The place of an error behind the entries is that in the stream.
TEST(FilterErrors, BehindTheEntriesOfAStream) {
  const auto policy = testing::compile(R"([{"resourceType":"Patient"}])");
  for (const std::string tail : {R"(,"type":"searchset"})", R"(,"a":01})", R"(,"b":tru})"}) {
    std::string body = searchset(R"({"resource":{"resourceType":"Patient"}})");
    body.pop_back();
    body += tail;
    const testing::Result whole = redact(*policy, Interaction::kSearch, body);
    ASSERT_TRUE(whole.error) << tail;
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{30}, std::size_t{100000}}) {
      const auto streamed =
          run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError, body, chunk);
      EXPECT_EQ(error_name(streamed.error.code), error_name(whole.error.code)) << tail;
      EXPECT_EQ(streamed.error.offset, whole.error.offset) << tail << chunk;
    }
  }
}

// SPEC 8.4: names of up to 2 KiB are remembered; past that an include is cut.
TEST(StreamBounds, LongNamesLinkNothing) {
  const auto policy =
      testing::compile(R"([{"resourceType":"Patient"},{"resourceType":"Observation"}])");
  const auto released = [&](std::size_t length) {
    const std::string name = "urn:x:" + std::string(length - 6, 'a');
    const std::string body =
        searchset(R"({"search":{"mode":"match"},"resource":{"resourceType":"Observation",)"
                  R"("subject":{"reference":")" +
                  name + R"("}}},{"fullUrl":")" + name +
                  R"(","search":{"mode":"include"},"resource":{"resourceType":"Patient"}})");
    return run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError, body, 4096)
        .counts.released;
  };
  EXPECT_EQ(released(100), 2u);
  EXPECT_EQ(released(2048), 2u);
  EXPECT_EQ(released(2049), 1u);
}

TEST(BatchBounds, AnswersWithoutEntriesAskForNothing) {
  const auto policy = testing::compile(R"([{"resourceType":"Patient"}])", R"({"resolve":true})");
  const std::string padding(json::kPadding, '\0');
  const std::string requests = R"(["read"])" + padding;
  for (const std::string more : {"", R"(,"entry":{"a":{"resource":{}}})", R"(,"entry":7)"}) {
    const std::string body = R"({"resourceType":"Bundle","type":"batch-response")" + more + "}";
    const std::string padded = body + padding;
    Context context;
    std::vector<std::string> wanted;
    const Asked asked =
        Asked::batch(std::string_view(requests).substr(0, requests.size() - padding.size()));
    (void)context.references(*policy, asked, std::string_view(padded).substr(0, body.size()),
                             wanted);
    EXPECT_TRUE(wanted.empty()) << body;
  }
}

// SPEC 8.2: whoever may create but not read learns that it was created, and no more.
TEST(BatchBounds, ACreateIsNoReading) {
  const auto policy =
      testing::compile(R"([{"resourceType":"Observation","interaction":["create"]}])");
  Context context;
  const auto answered = [&](std::string_view request) {
    return redact_batch(
               context, *policy, std::string("[").append(request).append("]"),
               R"({"resourceType":"Bundle","type":"batch-response","entry":[{"response":{"status":"201"}}]})")
        .out;
  };
  EXPECT_NE(answered(R"({"interaction":"create","resourceType":"Observation"})").find(R"("201")"),
            std::string::npos);
  EXPECT_EQ(answered(R"({"interaction":"read","resourceType":"Observation"})").find(R"("201")"),
            std::string::npos);
}

}  // namespace
}  // namespace fhirwall::filter
