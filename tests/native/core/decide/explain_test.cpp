#include "core/decide/explain.hpp"

#include <string>

#include <gtest/gtest.h>

#include "support.hpp"

namespace fhirwall::decide {
namespace {

using policy::must_compile;
using policy::Padded;
using policy::with_rules;

std::string explained(const policy::CompiledPolicy& policy, std::string_view interaction,
                      std::string_view resource) {
  const Padded text(resource);
  json::Parser parser;
  EXPECT_FALSE(parser.parse(text.view(), Limits{}));
  Scratch scratch;
  std::string out;
  EXPECT_FALSE(
      explain(policy, *policy::find_interaction(interaction), parser.document(), 0, scratch, out));
  return out;
}

// SPEC 15.1
TEST(Explain, SaysWhichClauseFailed) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Observation","interaction":["search"]},{"resourceType":"Observation","criteria":"Observation?status=final&code=http://x|a,b&subject=Patient/1"},{"resourceType":"Observation","hiddenFields":["code.coding.code","subject"]},{"resourceType":"*"})"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Observation","status":"final"})"),
      R"({"allowed":true,"reason":"rule","rule":{"index":2,"source":"policies[0]"},"tried":[{"index":0,"source":"policies[0]","outcome":"interaction"},{"index":1,"source":"policies[0]","outcome":"criteria","criterion":"code=http://x|a,b"},{"index":2,"source":"policies[0]","outcome":"decides"}],"hidden":[{"path":"code.coding.code","field":"code.coding.code","step":"field"},{"path":"code.coding.display","field":"code.coding.code","step":"closure"},{"path":"code.text","field":"code.coding.code","step":"closure"},{"path":"subject","field":"subject","step":"field"},{"path":"text","field":"code.coding.code","step":"narrative"}]})");
  EXPECT_EQ(
      explained(*compiled, "search", R"({"resourceType":"Observation"})"),
      R"({"allowed":true,"reason":"rule","rule":{"index":0,"source":"policies[0]"},"tried":[{"index":0,"source":"policies[0]","outcome":"decides"}],"hidden":[]})");
}

// A rule that scopes took away still hides, but was never tried.
TEST(Explain, PassesOverWhatScopesTookAway) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","hiddenFields":["name"],"interaction":["read"]},{"resourceType":"Patient","interaction":["search"]})",
      R"(,"scopes":"user/Patient.s")"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Patient"})"),
      R"({"allowed":false,"reason":"no-rule","rule":null,"tried":[{"index":0,"source":"policies[0]","outcome":"interaction"}],"hidden":[]})");
}

TEST(Explain, SaysWhyNothingIsAllowed) {
  const auto compiled = must_compile(with_rules(
      R"({"resourceType":"Patient","criteria":"Patient?active=true","compartment":{"reference":"Patient/1"}})"));
  EXPECT_EQ(
      explained(*compiled, "read", R"({"resourceType":"Patient","id":"2","active":true})"),
      R"({"allowed":false,"reason":"criteria","rule":null,"tried":[{"index":0,"source":"policies[0]","outcome":"criteria","criterion":"_compartment=Patient/1"}],"hidden":[]})");
  EXPECT_EQ(explained(*compiled, "read", R"({"resourceType":"Account"})"),
            R"({"allowed":false,"reason":"no-rule","rule":null,"tried":[],"hidden":[]})");
  EXPECT_EQ(explained(*compiled, "read", R"({"resourceType":"Nothing"})"),
            R"({"allowed":false,"reason":"unknown-type","rule":null,"tried":[],"hidden":[]})");
  EXPECT_EQ(explained(*must_compile("{}"), "read", R"({"resourceType":"Patient"})"),
            R"({"allowed":false,"reason":"no-policy","rule":null,"tried":[],"hidden":[]})");
}

}  // namespace
}  // namespace fhirwall::decide
