#include <string>

#include <gtest/gtest.h>

#include "core/filter/filter.hpp"
#include "support.hpp"

namespace fhirwall::filter {
namespace {

using policy::Interaction;

constexpr const char* kPatient =
    R"({"resourceType":"Patient","id":"1","active":true,"name":[{"family":"A"}],"birthDate":"2000"})";

// SPEC 9.8
TEST(Answer, ToAWriteHidesWhatReadHides) {
  const struct {
    const char* rules;
    Interaction interaction;
    const char* out;  // null: nothing leaves
  } table[] = {
      // One rule for both.
      {R"([{"resourceType":"Patient","hiddenFields":["name"]}])", Interaction::kUpdate,
       R"({"resourceType":"Patient","id":"1","active":true,"birthDate":"2000"})"},
      // Only the rule for read hides, or only that for the write.
      {R"([{"resourceType":"Patient","interaction":["read"],"hiddenFields":["name"]},{"resourceType":"Patient"}])",
       Interaction::kUpdate,
       R"({"resourceType":"Patient","id":"1","active":true,"birthDate":"2000"})"},
      {R"([{"resourceType":"Patient","interaction":["read"],"hiddenFields":["name"]},{"resourceType":"Patient"}])",
       Interaction::kCreate,
       R"({"resourceType":"Patient","id":"1","active":true,"birthDate":"2000"})"},
      {R"([{"resourceType":"Patient","interaction":["read"]},{"resourceType":"Patient","hiddenFields":["name"]}])",
       Interaction::kUpdate,
       R"({"resourceType":"Patient","id":"1","active":true,"birthDate":"2000"})"},
      // Nothing grants read: the stored version stays inside; what a creation sent may go back.
      {R"([{"resourceType":"Patient","interaction":["update"]}])", Interaction::kUpdate, nullptr},
      {R"([{"resourceType":"Patient","interaction":["delete"]}])", Interaction::kDelete, nullptr},
      {R"([{"resourceType":"Patient","interaction":["create"],"hiddenFields":["name"]}])",
       Interaction::kCreate,
       R"({"resourceType":"Patient","id":"1","active":true,"birthDate":"2000"})"},
      // Both hide, each something else.
      {R"([{"resourceType":"Patient","interaction":["read"],"hiddenFields":["name"]},{"resourceType":"Patient","hiddenFields":["birthDate"]}])",
       Interaction::kUpdate, R"({"resourceType":"Patient","id":"1","active":true})"},
      // SPEC 9.1: an old version is read, too.
      {R"([{"resourceType":"Patient","interaction":["vread","history"]}])", Interaction::kVread,
       nullptr},
      {R"([{"resourceType":"Patient","interaction":["vread","history"]}])", Interaction::kHistory,
       nullptr},
      {R"([{"resourceType":"Patient","interaction":["vread","history"]},{"resourceType":"Patient","criteria":"Patient?active=true"}])",
       Interaction::kHistory, kPatient},
      {R"([{"resourceType":"Patient","interaction":["vread","history"]},{"resourceType":"Patient","criteria":"Patient?active=false"}])",
       Interaction::kHistory, nullptr},
      // Nothing grants the write.
      {R"([{"resourceType":"Patient","readonly":true}])", Interaction::kUpdate, nullptr},
  };
  for (const auto& row : table) {
    const auto result = testing::redact(*testing::compile(row.rules), row.interaction, kPatient);
    EXPECT_FALSE(result.error) << row.rules;
    EXPECT_EQ(result.allowed, row.out != nullptr) << row.rules;
    EXPECT_EQ(result.out, row.out != nullptr ? row.out : "") << row.rules;
    const auto line = testing::run_stream(testing::compile(row.rules), row.interaction,
                                          Format::kNdjson, OnInvalid::kError, kPatient, 16);
    EXPECT_FALSE(line.error) << row.rules;
    EXPECT_EQ(line.out, row.out != nullptr ? std::string(row.out) + "\n" : "") << row.rules;
  }
}

// Moving the kept bytes together in the body's own memory gives what a second buffer would hold.
TEST(Answer, InPlaceIsTheSame) {
  const auto policy = testing::compile(
      R"j([{"resourceType":"Patient","hiddenFields":["name","address.line.extension('x')"]},{"resourceType":"Observation"}])j");
  const std::string bodies[] = {
      kPatient,
      R"({"name":[],"resourceType":"Patient","meta":{"project":"p","tag":[]},"id":"1"})",
      R"({"resourceType":"Observation","id":"2"})",
      R"({"resourceType":"Condition","id":"2"})",
      R"({"resourceType":"Patient","address":[{"line":[{},"b"],"_line":[{"extension":[{"url":"y"}]},null]}]})",
      R"({"resourceType":"Bundle","type":"searchset","total":2,"entry":[{"resource":{"resourceType":"Patient","name":[1]}},{"resource":{"resourceType":"Condition"}},{"resource":{"resourceType":"Observation"}}]})",
      R"({"resourceType":"Patient","id":"1",})",
  };
  Context context;
  for (const std::string& body : bodies) {
    const auto interaction = Interaction::kSearch;
    const auto expected = testing::redact(context, *policy, interaction, body);
    std::string padded = body + std::string(json::kPadding, '"');
    std::string out;
    std::string_view released;
    bool allowed = false;
    const Error error = context.redact_in_place(*policy, interaction, {padded.data(), body.size()},
                                                out, released, allowed);
    EXPECT_EQ(error.code, expected.error.code) << body;
    EXPECT_EQ(error.offset, expected.error.offset) << body;
    EXPECT_EQ(allowed, expected.allowed) << body;
    EXPECT_EQ(released, expected.out) << body;
  }
}

}  // namespace
}  // namespace fhirwall::filter
