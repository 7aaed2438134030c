#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

// What `_filter` refuses, and where; variables; the bound text.
namespace fhirwall::search::test {
namespace {

std::string first_issue(std::string_view criteria, const Given& setup = {}) {
  Issues issues;
  EXPECT_FALSE(compile_with(criteria, setup, issues)) << criteria;
  if (issues.list().empty()) {
    return {};
  }
  const Issue& issue = issues.list().front();
  return concat(std::to_string(issue.offset), " ", issue.message);
}

TEST(FilterIssues, PlacesAndMessages) {
  const struct {
    const char* criteria;
    const char* expected;
  } rows[] = {
      {"Patient?_filter=", "16 expected a search parameter, `not` or `(`"},
      {"Patient?_filter=gender", "22 expected white space"},
      {"Patient?_filter=gender is male", "23 expected a comparison such as `eq`"},
      {"Patient?_filter=(gender eq male", "31 expected `and`, `or` or `)`"},
      {"Patient?_filter=gender eq a and _id eq b or _id eq c",
       "41 expected brackets around mixed `and` and `or`"},
      {"Patient?_filter=%67ender eq a or%20(_id eq b and (_id eq c or _id eq d and _id eq e))",
       "71 expected brackets around mixed `and` and `or`"},
      {"Patient?_filter:exact=gender eq male", "16 `_filter` takes no modifier"},
      {"Patient?_filter=%67endre eq male",
       "16 `Patient` has no search parameter `gendre`; did you mean `gender`?"},
      {"Patient?_filter=active eq true and gendre eq male",
       "35 `Patient` has no search parameter `gendre`; did you mean `gender`?"},
      {"Patient?_filter=_filter eq male",
       "16 `_filter` cannot be used in criteria: a special parameter is not decided by one "
       "resource"},
      {"Patient?_filter=_count eq 5",
       "16 `Patient` has no search parameter `_count`; did you mean `_account`?"},
      {"Patient?_filter=organization.name eq a",
       "28 a path in `_filter` reads other elements or resources"},
      {"Observation?_filter=related[type eq x].target pr true",
       "27 a path in `_filter` reads other elements or resources"},
      {"Patient?_filter=gender%20ss%20male", "25 `ss` needs a terminology server"},
      {"Patient?_filter=gender sb male", "23 `sb` needs a terminology server"},
      {"Patient?_filter=gender in http://v", "23 `in` needs a terminology server"},
      {"Patient?_filter=birthdate in http://v", "26 `in` needs a terminology server"},
      {"Patient?_filter=gender co ma", "23 `gender` does not take `co`; it takes `eq`, `ne`, `pr`"},
      {"Patient?_filter=gender gt ma", "23 `gender` does not take `gt`; it takes `eq`, `ne`, `pr`"},
      {"Patient?_filter=name gt ma",
       "21 `name` does not take `gt`; it takes `eq`, `ne`, `co`, `sw`, `ew`, `pr`"},
      {"Patient?_filter=birthdate co 1990",
       "26 `birthdate` does not take `co`; it takes `eq`, `ne`, `gt`, `lt`, `ge`, `le`, `ap`, "
       "`sa`, `eb`, `pr`, `po`"},
      {"Patient?_filter=organization sw Organization",
       "29 `organization` does not take `sw`; it takes `eq`, `ne`, `pr`, `re`"},
      {"RiskAssessment?_filter=probability po 1",
       "35 `probability` does not take `po`; it takes `eq`, `ne`, `gt`, `lt`, `ge`, `le`, `ap`, "
       "`sa`, `eb`, `pr`"},
      {"Patient?_filter=_project pr true", "25 `_project` does not take `pr`; it takes `eq`, `ne`"},
      {"Patient?_filter=gender pr yes", "26 `pr` takes `true` or `false` only"},
      {"Patient?_filter=birthdate eq ge1990",
       "29 a date is expected, e.g. `2024-02-29`, `ge2024-02` or `lt2024-02-29T12:00Z`"},
      {"Patient?_filter=birthdate ge \"ge1990\"",
       "29 a date is expected, e.g. `2024-02-29`, `ge2024-02` or `lt2024-02-29T12:00Z`"},
      {"Patient?_filter=birthdate eq 1990-13",
       "29 a date is expected, e.g. `2024-02-29`, `ge2024-02` or `lt2024-02-29T12:00Z`"},
      {"RiskAssessment?_filter=probability eq 5|a",
       "38 a number is expected, e.g. `100`, `ge0.8` or `lt1e-3`"},
      {"Observation?_filter=code-value-quantity eq a$x",
       "45 a quantity is expected: `5.4`, `ge5.4||mg` or `5.4|http://unitsofmeasure.org|mg`"},
      {"Patient?_filter=name eq \"\"", "24 the value is empty"},
      {"Patient?_filter=identifier eq |",
       "30 a token is `code`, `system|code`, `|code` or "
       "`system|`"},
      {"Patient?_filter=active eq yes", "26 `true` or `false` is expected"},
      {"Patient?_filter=gender eq male,female",
       "26 a comma separates nothing here: use `or`, or quotes around the value"},
      {"Patient?_filter=identifier eq \"urn:x|a\"",
       "30 `|` and `$` in quotes are unclear: no quotes if they separate, else `\\u007c` and "
       "`\\u0024`"},
      {"Patient?_filter=gender eq %nope", "26 `%nope` has no value"},
      {"Patient?_filter=organization eq \"Organization/%org\"",
       "46 expected a variable as the whole value"},
  };
  const Given setup{.bindings = {{"org", "Organization/o1", "o1"}}, .base_urls = {}};
  for (const auto& row : rows) {
    EXPECT_EQ(first_issue(row.criteria, setup), row.expected) << row.criteria;
  }
}

// SPEC 1.3: every problem, not the first alone.
TEST(FilterIssues, AreAllReported) {
  EXPECT_EQ(match("Patient?_filter=gendre eq a or (name gt b and birthdate eq x)&nope=1", "{}"),
            "unknown-parameter@16 unsupported-modifier@37 invalid-value@59 unknown-parameter@62");
  EXPECT_EQ(match("Patient?_filter=active eq true and not(gender in x)", "{}"),
            "unsupported-modifier@46");
  EXPECT_EQ(match("Patient?_filter=gender eq male&_filter=a", "{}"), "criteria-syntax@40");
}

TEST(FilterIssues, Nesting) {
  const auto nested = [](std::size_t depth) {
    return concat("Patient?_filter=", std::string(depth, '('), "gender eq male",
                  std::string(depth, ')'));
  };
  EXPECT_EQ(match(nested(64), R"({"resourceType":"Patient","gender":"male"})"), "yes");
  EXPECT_EQ(match(nested(65), "{}"), "limit-exceeded@80");
  Issues issues;
  CompileOptions options;
  options.limits.max_expression_nesting = 2;
  EXPECT_TRUE(compile(nested(2), fhir::well_known().patient, options, "", issues));
  EXPECT_FALSE(compile(nested(3), fhir::well_known().patient, options, "", issues));
}

// Every sign of every language that a value passes through.
constexpr const char* kSigns = "a|b,c$d&e%f\"g\\h+i#j?k=l;m(n)o[p]q r\ts\nt%org.id \xC3\xA9'u";
const Given kVariables = {.bindings = {{"signs", kSigns, ""},
                                       {"org", "Organization/o1", "o1"},
                                       {"prefixed", "ge1990", ""},
                                       {"day", "1990-05-06", ""},
                                       {"token", "urn:x|o1", ""},
                                       {"loinc", "loinc|1-8", ""},
                                       {"part", "8480-6$gt140", ""},
                                       {"yes", "true", ""},
                                       {"sneaky", "x\" or name pr true or name eq \"y", ""},
                                       {"empty", "", ""}},
                          .base_urls = {},
                          .purpose = Purpose::kRead};

std::string escaped_json(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\t' || c == '\n') {
      out += c == '\t' ? "\\t" : "\\n";
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

TEST(FilterVariables, AreValuesAndNeverSyntax) {
  const std::string text = escaped_json(kSigns);
  const std::string patient = concat(
      R"("identifier":[{"value":")", text,
      R"("},{"system":"urn:x","value":"o1"}],"name":[{"text":")", text,
      R"("}],"birthDate":"1990-05-06","managingOrganization":{"reference":"Organization/o1"})");
  const char* const members = patient.c_str();
  check("Patient",
        {
            {"_filter=identifier eq %signs", members, "yes"},
            {"_filter=identifier ne %signs", members, "no"},
            {"_filter=identifier eq %signs and name eq %signs", members, "yes"},
            {"_filter=name eq %signs", members, "yes"},
            {"_filter=name eq %sneaky", members, "no"},
            {"_filter=name ne %sneaky", members, "yes"},
            {"_filter=organization eq %org", members, "yes"},
            {"_filter=organization eq %org.id", members, "yes"},
            {"_filter=not(organization re %org)", members, "no"},
            {"_filter=birthdate eq %day", members, "yes"},
            {"_filter=birthdate gt %day", members, "no"},
            {"_filter=birthdate eq %prefixed", members, "invalid-value@29"},
            {"_filter=birthdate pr %yes", members, "yes"},
            // no separators in a value of a variable
            {"_filter=identifier eq %token", members, "no"},
            {"_filter=identifier ne %token", members, "yes"},
            {"_filter=name eq %empty", members, "unbound-variable@24"},
            {"_filter=name eq %signs.id", members, "unbound-variable@24"},
            {"_filter=name eq %nope or name eq %empty", members,
             "unbound-variable@24 unbound-variable@41"},
            {"_filter=name eq %25org", R"("name":[{"text":"%org"}])", "yes"},
        },
        kVariables);
  check("Observation",
        {{"_filter=component-code-value-quantity eq %part", "", "invalid-value@53"},
         {"_filter=code eq %loinc",
          R"("code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]})", "no"}},
        kVariables);
}

TEST(FilterBoundText, ParsesBackToTheSame) {
  const struct {
    const char* criteria;
    const char* expected;
  } rows[] = {
      {"Patient?_filter=gender+eq+male", "Patient?_filter=gender%20eq%20male"},
      {"Patient?active=true&_filter=organization eq %org&gender=male",
       "Patient?active=true&_filter=organization%20eq%20\"Organization/o1\"&gender=male"},
      {"Patient?_filter=not(identifier eq urn:x|a or name eq \"a\\u007cb\")",
       "Patient?_filter=not(identifier%20eq%20urn:x|a%20or%20name%20eq%20\"a\\u007cb\")"},
      {"Patient?_filter=identifier eq %org.id and identifier eq %25org",
       "Patient?_filter=identifier%20eq%20\"o1\"%20and%20identifier%20eq%20%25org"},
      {"Patient?_filter=name eq %signs",
       "Patient?_filter=name%20eq%20\"a\\u007cb,c\\u0024d%26e%25f\\\"g\\\\h%2Bi%23j%3Fk%3Dl%3Bm(n)o"
       "[p]q%20r\\u0009s\\u000at%25org.id%20\xC3\xA9'u\""},
      {"Patient?_filter=birthdate ge 2014-10-10T10:00:00%2B01:00",
       "Patient?_filter=birthdate%20ge%202014-10-10T10:00:00%2B01:00"},
  };
  for (const auto& row : rows) {
    Issues issues;
    const auto compiled = compile_with(row.criteria, kVariables, issues);
    ASSERT_TRUE(compiled) << row.criteria;
    EXPECT_EQ(bound_text(*compiled), row.expected);
    const auto again = compile_with(bound_text(*compiled), kVariables, issues);
    ASSERT_TRUE(again) << row.expected;
    EXPECT_EQ(bound_text(*again), row.expected);
  }
  // It decides alike, where the value has every sign there is.
  const std::string text = escaped_json(kSigns);
  for (const char* criteria :
       {"Patient?_filter=identifier eq %signs", "Patient?_filter=name eq %signs",
        "Patient?_filter=name ew %signs", "Patient?_filter=not(identifier ne %signs)"}) {
    Issues issues;
    const auto compiled = compile_with(criteria, kVariables, issues);
    ASSERT_TRUE(compiled) << criteria;
    for (const auto& [value, expected] : {std::pair{text, "yes"}, std::pair{text + "x", "no"}}) {
      const std::string json = concat(R"({"resourceType":"Patient","identifier":[{"value":")",
                                      value, R"("}],"name":[{"family":")", value, R"("}]})");
      EXPECT_EQ(match(criteria, json, kVariables), expected) << criteria;
      EXPECT_EQ(match(bound_text(*compiled), json), expected) << bound_text(*compiled);
    }
  }
}

}  // namespace
}  // namespace fhirwall::search::test
