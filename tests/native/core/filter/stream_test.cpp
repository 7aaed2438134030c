#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;
using testing::run_stream;

constexpr const char* kRules = R"([
  {"resourceType":"Patient","criteria":"Patient?active=true","hiddenFields":["name"]},
  {"resourceType":"Observation"},{"resourceType":"Parameters"}])";

struct Row {
  const char* about;
  std::string input;
  std::string output;
  ErrorCode code = ErrorCode::kOk;
  std::uint64_t offset = 0;
  OnInvalid on_invalid = OnInvalid::kError;
  StreamCounts counts = {};
};

void check(Format format, const std::vector<Row>& table) {
  const auto policy = testing::compile(kRules);
  for (const Row& row : table) {
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{17},
                                    std::size_t{64}, std::size_t{1000000}}) {
      const auto result =
          run_stream(policy, Interaction::kSearch, format, row.on_invalid, row.input, chunk);
      EXPECT_EQ(error_name(result.error.code), error_name(row.code)) << row.about << ' ' << chunk;
      EXPECT_EQ(result.error.offset, row.offset) << row.about << ' ' << chunk;
      EXPECT_EQ(result.out, row.output) << row.about << ' ' << chunk;
      if (!result.error) {
        EXPECT_EQ(result.counts.released, row.counts.released) << row.about << ' ' << chunk;
        EXPECT_EQ(result.counts.refused, row.counts.refused) << row.about << ' ' << chunk;
        EXPECT_EQ(result.counts.invalid, row.counts.invalid) << row.about << ' ' << chunk;
      }
    }
  }
}

const std::string kPatient = R"({"resourceType":"Patient","active":true,"name":[{"family":"S"}]})";
const std::string kPatientOut = R"({"resourceType":"Patient","active":true})";
const std::string kRefused = R"({"resourceType":"Patient","active":false,"contained":[]})";
const std::string kObservation = R"({"resourceType":"Observation","id":"o"})";

TEST(NdjsonStream, DecidesEachLine) {
  check(
      Format::kNdjson,
      {
          {"8.3",
           kPatient + "\n" + kRefused + "\r\n\n  \n" + kObservation + "\r\n",
           kPatientOut + "\n" + kObservation + "\n",
           ErrorCode::kOk,
           0,
           OnInvalid::kError,
           {2, 1, 0}},
          {"the last line may lack its end",
           kObservation,
           kObservation + "\n",
           ErrorCode::kOk,
           0,
           OnInvalid::kError,
           {1, 0, 0}},
          {"nothing", "", ""},
          {"an invalid line ends the stream",
           kObservation + "\n{\"resourceType\":}\n" + kObservation, kObservation + "\n",
           ErrorCode::kInvalidJson, kObservation.size() + 1 + 16},
          {"or is dropped and counted",
           "{]\n" + kObservation + "\n{\"resourceType\":\"X\"}\n7\n",
           kObservation + "\n",
           ErrorCode::kOk,
           0,
           OnInvalid::kDrop,
           {1, 0, 3}},
          {"what is inside of a line is judged",
           R"({"resourceType":"Observation","contained":{},"subject":{"reference":"Patient/1","display":"d"}})"
           "\n",
           R"({"resourceType":"Observation","subject":{"reference":"Patient/1"}})"
           "\n",
           ErrorCode::kOk,
           0,
           OnInvalid::kError,
           {1, 0, 0}},
          {"a refused Bundle is a refused line",
           "{\"resourceType\":\"Bundle\"}\n",
           "",
           ErrorCode::kOk,
           0,
           OnInvalid::kError,
           {0, 1, 0}},
      });
}

TEST(BundleStream, GivesTheBytesOfTheWholeBuffer) {
  const auto policy = testing::compile(kRules);
  const std::string entry = "{\"resource\":" + kPatient + "}";
  const std::string refused = "{ \"resource\" : " + kRefused + " , \"fullUrl\":\"u\" }";
  const std::string observation = "{\"fullUrl\":\"u\",\"resource\":" + kObservation + ",\"x\":1}";
  const std::string head = "{\"resourceType\":\"Bundle\",\"total\":3,\"type\":\"searchset\"";
  const std::string bodies[] = {
      head + "}",
      head + ",\"entry\":[]}",
      head + ",\"entry\":[" + refused + "]}",
      head + ",\"entry\":[" + refused + "],\"id\":\"b\"}",
      head + ",\"entry\":[" + entry + "," + refused + "," + observation + "],\"id\":\"b\"}",
      head + ",\"entry\":[" + refused + "," + entry + "],\"link\":[{\"relation\":\"last\"}]}",
      head + ", \"entry\" : [ " + refused + " , " + entry + " , " + refused + " , " + observation +
          " , " + refused + " ] , \"total\\u0032\":1 , \"id\" : \"b\" }\n",
      head + ",\"e\\u006etry\":[" + observation + "],\"signature\":{\"a\":[1]}}",
      "\n{\"x\":1,\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[7,null,[]," +
          entry + "]}",
  };
  for (const std::string& body : bodies) {
    const auto whole = testing::redact(*policy, Interaction::kSearch, body);
    ASSERT_TRUE(whole.allowed) << error_name(whole.error.code) << body;
    for (const std::size_t chunk :
         {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{33}, body.size()}) {
      const auto streamed =
          run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError, body, chunk);
      EXPECT_FALSE(streamed.error) << error_name(streamed.error.code) << '\n' << body;
      EXPECT_EQ(streamed.out, whole.out) << chunk << '\n' << body;
    }
  }
}

TEST(BundleStream, Refuses) {
  const std::string head = R"({"resourceType":"Bundle","type":"searchset","entry":[)";
  check(Format::kBundle,
        {
            {"8.4 type behind entry", R"({"resourceType":"Bundle","entry":[],"type":"searchset"})",
             "", ErrorCode::kStreamOrder, 0},
            {"8.4 resourceType behind entry",
             R"({"type":"searchset","entry":[],"resourceType":"Bundle"})", "",
             ErrorCode::kStreamOrder, 0},
            {"not a Bundle", R"({"resourceType":"Patient","type":"searchset","entry":[]})", "",
             ErrorCode::kUnsupportedBundle, 0},
            {"not a searchset", R"({"resourceType":"Bundle","type":"history","entry":[]})", "",
             ErrorCode::kUnsupportedBundle, 0},
            {"broken entry", head + "{\"resource\":{\"a\":1,\"a\":2}}]}", "",
             ErrorCode::kDuplicateKey, head.size() + 19},
            {"no end", head + "{\"resource\":" + kObservation + "},",
             head + "{\"resource\":" + kObservation + "}", ErrorCode::kTruncatedStream,
             head.size() + 12 + kObservation.size() + 2},
        });
  // A key of the header again in the tail: what was released is gone, the stream ends in an error.
  const auto policy = testing::compile(kRules);
  const std::string twice = head + "],\"type\":\"history\"}";
  EXPECT_EQ(run_stream(policy, Interaction::kSearch, Format::kBundle, OnInvalid::kError, twice, 3)
                .error.code,
            ErrorCode::kDuplicateKey);
  EXPECT_EQ(
      run_stream(policy, Interaction::kRead, Format::kBundle, OnInvalid::kError, head + "]}", 3)
          .error.code,
      ErrorCode::kUnsupportedBundle);
}

// SPEC P3: a body that is well-formed fails alike whatever hidden bytes stand in front.
TEST(BundleStream, WhatIsRefusedHasNoPlace) {
  for (const std::string& hidden : {std::string(), std::string(R"("total":1,)"),
                                    std::string(R"("total":123456,"x":{"y":[7]},)")}) {
    check(
        Format::kBundle,
        {{"another type", "{" + hidden + R"("resourceType":"Bundle","type":"history","entry":[]})",
          "", ErrorCode::kUnsupportedBundle, 0},
         {"another type, no entry",
          "{" + hidden + R"("resourceType":"Bundle","type":"collection"})", "",
          ErrorCode::kUnsupportedBundle, 0},
         {"an answer to a batch",
          "{" + hidden + R"("resourceType":"Bundle","type":"batch-response","entry":[{}]})", "",
          ErrorCode::kUnsupportedBundle, 0},
         {"entry of another shape",
          "{" + hidden + R"("resourceType":"Bundle","type":"searchset","entry":{}})", "",
          ErrorCode::kUnsupportedContent, 0},
         {"late type", "{" + hidden + R"("resourceType":"Bundle","entry":[],"type":"searchset"})",
          "", ErrorCode::kStreamOrder, 0}});
  }
}

TEST(ResourceStream, WaitsForTheWhole) {
  check(Format::kResource,
        {
            {"released", kPatient, kPatientOut, ErrorCode::kOk, 0, OnInvalid::kError, {1, 0, 0}},
            {"refused", kRefused, "", ErrorCode::kOk, 0, OnInvalid::kError, {0, 1, 0}},
            {"broken", "{\"resourceType\":\"Patient\"", "", ErrorCode::kInvalidJson, 25},
        });
  Limits limits;
  limits.max_body_bytes = 400;
  const auto policy = testing::compile(kRules, "{}", limits);
  EXPECT_EQ(run_stream(policy, Interaction::kRead, Format::kResource, OnInvalid::kError,
                       kPatient + std::string(400, ' '), 3)
                .error.code,
            ErrorCode::kTooLarge);
}

TEST(Stream, IsPoisonedByAnErrorAndByItsEnd) {
  const auto policy = testing::compile(kRules);
  for (const Format format : {Format::kNdjson, Format::kBundle, Format::kResource}) {
    Context context;
    std::string out;
    Stream bad(policy, Interaction::kSearch, format, OnInvalid::kError);
    Error error = bad.write("]\n", context, out);
    if (!error) {
      error = bad.end(context, out);
    }
    EXPECT_TRUE(error);
    EXPECT_EQ(bad.write("{}", context, out).code, ErrorCode::kPoisoned);
    EXPECT_EQ(bad.end(context, out).code, ErrorCode::kPoisoned);
    Stream over(policy, Interaction::kSearch, format, OnInvalid::kDrop);
    (void)over.write(kObservation, context, out);
    (void)over.end(context, out);
    EXPECT_EQ(over.write("{}", context, out).code, ErrorCode::kPoisoned);
    EXPECT_EQ(over.end(context, out).code, ErrorCode::kPoisoned);
  }
}

TEST(Stream, SplitAnywhereGivesTheSame) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const auto policy = testing::compile(kRules);
  const std::string pieces[] = {kPatient, kRefused, kObservation,
                                "{\"resourceType\":\"Observation\",\"x\":\"\\\"]}\\\\\"}"};
  for (int round = 0; round < 200; ++round) {
    const bool ndjson = random() % 2 == 0;
    std::string text =
        ndjson ? "" : "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[";
    const unsigned count = random() % 6;
    for (unsigned i = 0; i < count; ++i) {
      const std::string& piece = pieces[random() % 4];
      if (ndjson) {
        text.append(piece).append("\n");
      } else {
        text.append(i != 0 ? "," : "").append("{\"resource\":").append(piece).append("}");
      }
    }
    text += ndjson ? "" : "]}";
    const Format format = ndjson ? Format::kNdjson : Format::kBundle;
    const auto whole =
        run_stream(policy, Interaction::kSearch, format, OnInvalid::kError, text, text.size() + 1);
    ASSERT_FALSE(whole.error);
    Context context;
    std::string out;
    Stream stream(policy, Interaction::kSearch, format, OnInvalid::kError);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = std::min<std::size_t>(random() % 40, text.size() - at);
      ASSERT_FALSE(stream.write(std::string(text, at, size), context, out));
      at += size;
    }
    ASSERT_FALSE(stream.end(context, out));
    ASSERT_EQ(out, whole.out);
    ASSERT_EQ(stream.counts().released, whole.counts.released);
  }
}

}  // namespace
}  // namespace fhirwall::filter
