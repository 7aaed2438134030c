#include "core/base/concat.hpp"
#include "core/policy/options.hpp"
#include "tests/native/core/policy/support.hpp"

namespace fhirwall::policy {
namespace {

// `unknown-parameter@policies.resource[0].criteria:8`, one behind the other.
std::string issues_text(const Issues& issues) {
  std::string out;
  for (const Issue& issue : issues.list()) {
    out += concat(out.empty() ? "" : " ", issue_name(issue.code), "@", issue.path, ":",
                  std::to_string(issue.offset));
  }
  return out;
}
std::string issues_of(const std::string& input) { return issues_text(compile_text(input).issues); }

const std::string kEye =
    R"x({"resourceType":"SearchParameter","code":"eye-color","base":["Patient"],"type":"token","expression":"extension('http://x.test/eye').value.ofType(code)"})x";
const std::string kInsurer =
    R"x({"resourceType":"SearchParameter","code":"insurer","base":["Patient"],"type":"reference","expression":"extension('http://x.test/i').value.ofType(Reference)"})x";
const std::string kOrganization =
    R"({"resourceType":"CompartmentDefinition","code":"Organization","resource":[{"code":"Patient","param":["insurer"]}]})";

std::string input(std::string_view criteria, const std::string& options) {
  return concat(
      R"({"policies":{"resourceType":"AccessPolicy","resource":[{"resourceType":"Patient","criteria":")",
      criteria, R"("}]},"options":{)", options, "}}");
}

// SPEC 5.6, 16
TEST(Supplied, CriteriaKnowThem) {
  const std::string eye = concat(R"("searchParameters":[)", kEye, "]");
  const std::string all = concat(R"("compartmentDefinitions":[)", kOrganization,
                                 R"(],"searchParameters":[)", kEye, ",", kInsurer, "]");
  const struct {
    std::string input;
    std::string expected;
  } rows[] = {
      {input("Patient?eye-color=blue", eye), ""},
      {input("Patient?eye-color=blue", ""), "unknown-parameter@policies.resource[0].criteria:8"},
      {input("Patient?eye-color=blue", R"("searchParameters":[])"),
       "unknown-parameter@policies.resource[0].criteria:8"},
      // Definitions name parameters, in whatever order the options stand.
      {input("Patient?_compartment=Organization/1", all), ""},
      {input("Patient?gender=male", concat(R"("compartmentDefinitions":[)", kOrganization, "]")),
       "unknown-parameter@options.compartmentDefinitions[0].resource[0].param[0]:0"},
      {input("Patient?gender=male", R"("searchParameters":{})"),
       "wrong-type@options.searchParameters:0"},
      {input("Patient?gender=male", R"("searchParameters":[{}],"compartmentDefinitions":[1])"),
       "missing-property@options.searchParameters[0].resourceType:0 "
       "missing-property@options.searchParameters[0].code:0 "
       "missing-property@options.searchParameters[0].type:0 "
       "missing-property@options.searchParameters[0].expression:0 "
       "missing-property@options.searchParameters[0].base:0 "
       "wrong-type@options.compartmentDefinitions[0]:0"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(issues_of(row.input), row.expected) << row.input;
  }
}

TEST(Supplied, TheHashSaysWhatWasSupplied) {
  const auto hash = [](const std::string& options) {
    const auto policy = must_compile(input("Patient?gender=male", options));
    return policy ? policy->hash : std::string();
  };
  const std::string plain = hash("");
  EXPECT_EQ(plain, hash(R"("searchParameters":[],"compartmentDefinitions":null)"));
  const std::string eye = hash(concat(R"("searchParameters":[)", kEye, "]"));
  EXPECT_NE(plain, eye);
  const std::string both = hash(concat(R"("searchParameters":[)", kEye, ",", kInsurer, "]"));
  EXPECT_NE(eye, both);
  EXPECT_EQ(both, hash(concat(R"("searchParameters":[)", kInsurer, ",", kEye, "]")));
  EXPECT_NE(both, hash(concat(R"("searchParameters":[)", kEye, ",", kInsurer,
                              R"(],"compartmentDefinitions":[)", kOrganization, "]")));
}

TEST(Supplied, IsBounded) {
  Limits limits;
  limits.max_rules = 1;
  const CompileOutcome outcome =
      compile(input("Patient?gender=male",
                    concat(R"("searchParameters":[)", kEye, ",", kInsurer, ",", kInsurer, "]")),
              limits);
  EXPECT_FALSE(outcome.policy);
  ASSERT_EQ(outcome.issues.list().size(), 1u);
  EXPECT_EQ(outcome.issues.list().front().code, IssueCode::kLimitExceeded);
  EXPECT_EQ(outcome.issues.list().front().path, "options.searchParameters");
  // One more than allowed is too many.
  const auto two = concat(R"("searchParameters":[)", kEye, ",", kInsurer, "]");
  EXPECT_FALSE(compile(input("Patient?gender=male", two), limits).policy);
  limits.max_rules = 2;
  EXPECT_TRUE(compile(input("Patient?gender=male", two), limits).policy);
}

TEST(Supplied, OptionsOfASearch) {
  const struct {
    std::string json;
    std::string expected;
  } rows[] = {
      {"", ""},
      {"{}", ""},
      {concat(R"({"baseUrls":["https://a.test/"],"resolve":true,"searchParameters":[)", kEye, "]}"),
       ""},
      {"[]", "wrong-type@options:0"},
      {"{", "invalid-json@options:1"},
      {R"({"closure":"strict"})", "unknown-option@options.closure:0"},
      {R"({"baseUrls":["a"]})", "invalid-value@options.baseUrls[0]:0"},
      {R"({"searchParameters":[1]})", "wrong-type@options.searchParameters[0]:0"},
      {concat(R"({"a":")", std::string(Limits().max_policy_bytes, 'a'), "\"}"),
       "limit-exceeded@options:0"},
      {concat("{", std::string(Limits().max_policy_bytes - 2, ' '), "}"), ""},
      {concat("{", std::string(Limits().max_policy_bytes - 1, ' '), "}"),
       "limit-exceeded@options:0"},
  };
  for (const auto& row : rows) {
    Issues issues;
    Options options;
    read_search_options(row.json, Limits(), issues, options);
    EXPECT_EQ(issues_text(issues), row.expected) << row.json.substr(0, 80);
    EXPECT_EQ(options.custom != nullptr, row.json.find("searchParameters") != std::string::npos);
    EXPECT_EQ(options.base_urls.size(), row.json.find("a.test") == std::string::npos ? 0u : 1u);
    EXPECT_EQ(options.resolves, row.json.find("resolve\"") != std::string::npos);
  }
}

}  // namespace
}  // namespace fhirwall::policy
