// FHIRPath through the engine (SPEC 6, 16): compile, load, evaluate, and what results look like.
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/engine.hpp"

namespace fhirwall {
namespace {

using fhirpath::EvaluationError;
using fhirpath::ResultForm;

constexpr std::string_view kPatient =
    R"({"resourceType":"Patient","id":"p","active":true,"multipleBirthInteger":3,)"
    R"("name":[{"family":"M\u00fcller","given":["Ann","Bo"]},{"given":[null,"\u00e9"],)"
    R"("_given":[{"id":"x"},null]}],"_birthDate":{"extension":[{"url":"u","valueString":"v"}]},)"
    R"("contact":[{"gender":"male"}],"extension":[{"url":"d","valueDecimal":1.50},)"
    R"({"url":"q","valueQuantity":{"value":4.0,"code":"kg"}}],)"
    R"("managingOrganization":{"reference":"Organization/1"}})";

std::shared_ptr<const Expression> compile(const Engine& engine, std::string_view text,
                                          const ExpressionOptions& options = {}) {
  Issues issues;
  auto compiled = engine.compile_fhirpath(text, options, issues);
  EXPECT_TRUE(compiled) << text << ": " << (issues.list().empty() ? "" : issues.list()[0].message);
  return compiled;
}

std::string result_of(Engine& engine, std::string_view text, std::string_view json, ResultForm form,
                      const ExpressionOptions& options = {}) {
  Error load_error;
  const auto resource = engine.load(json, load_error);
  const auto expression = compile(engine, text, options);
  if (!resource || !expression) {
    return "not loaded";
  }
  Surroundings around;
  around.form = form;
  std::string out;
  std::uint32_t count = 0;
  const EvaluationError error = engine.evaluate(*expression, *resource, around, out, count);
  if (error) {
    EXPECT_EQ(out, "");
    EXPECT_EQ(count, 0U);
    return std::string(error_name(error.error.code)) + "@" + std::to_string(error.error.offset);
  }
  return out;
}

// SPEC 16
TEST(EngineFhirPath, WritesPlainAndTypedValues) {
  struct Case {
    std::string_view expression;
    std::string_view plain;
    std::string_view typed;
  };
  const Case cases[] = {
      {"{}", "[]", "[]"},
      {"active", "[true]", R"([{"type":"FHIR.boolean","value":true}])"},
      {"active.not()", "[false]", R"([{"type":"System.Boolean","value":false}])"},
      {"multipleBirth", "[3]", R"([{"type":"FHIR.integer","value":3}])"},
      {"name.first().given", R"(["Ann","Bo"])",
       R"([{"type":"FHIR.string","value":"Ann"},{"type":"FHIR.string","value":"Bo"}])"},
      // The bytes are those of the input.
      {"name.family", R"(["M\u00fcller"])", R"([{"type":"FHIR.string","value":"M\u00fcller"}])"},
      {"name[1].given", R"(["\u00e9"])",
       R"([{"type":"FHIR.string","value":null},{"type":"FHIR.string","value":"\u00e9"}])"},
      {"birthDate", "[]", R"([{"type":"FHIR.date","value":null}])"},
      {"contact", R"([{"gender":"male"}])",
       R"([{"type":"FHIR.BackboneElement","value":{"gender":"male"}}])"},
      // No digit is lost.
      {"extension[0].value", "[1.50]", R"([{"type":"FHIR.decimal","value":"1.50"}])"},
      {"extension[1].value", R"([{"value":4.0,"code":"kg"}])",
       R"([{"type":"FHIR.Quantity","value":{"value":4.0,"code":"kg"}}])"},
      {"managingOrganization.resolve()", R"([{"resourceType":"Organization"}])",
       R"([{"type":"FHIR.Organization","value":{"resourceType":"Organization"}}])"},
      {"1.50", "[1.50]", R"([{"type":"System.Decimal","value":"1.50"}])"},
      {"9007199254740993L", "[9007199254740993]",
       R"([{"type":"System.Long","value":"9007199254740993"}])"},
      {"7", "[7]", R"([{"type":"System.Integer","value":7}])"},
      {"'a\"\\n'", R"(["a\"\n"])", R"([{"type":"System.String","value":"a\"\n"}])"},
      {"@2014-01", R"(["2014-01"])", R"([{"type":"System.Date","value":"2014-01"}])"},
      {"@2014-01-05T10:30Z", R"(["2014-01-05T10:30Z"])",
       R"([{"type":"System.DateTime","value":"2014-01-05T10:30Z"}])"},
      {"@T10:30", R"(["10:30"])", R"([{"type":"System.Time","value":"10:30"}])"},
      {"4.0 'kg'", R"(["4.0 'kg'"])", R"([{"type":"System.Quantity","value":"4.0 'kg'"}])"},
  };
  Engine engine;
  for (const Case& one : cases) {
    EXPECT_EQ(result_of(engine, one.expression, kPatient, ResultForm::kJson), one.plain)
        << one.expression;
    EXPECT_EQ(result_of(engine, one.expression, kPatient, ResultForm::kTyped), one.typed)
        << one.expression;
  }
}

TEST(EngineFhirPath, KnowsNoTypesWithoutAModel) {
  Engine engine;
  const std::string_view json =
      R"({"resourceType":"Patient","i":3,"l":3000000000,"d":1.0,"s":"x","b":false,"o":{"a":1}})";
  const ExpressionOptions untyped{.strict = false, .untyped = true, .type = {}};
  EXPECT_EQ(result_of(engine, "i | l | d | s | b | o", json, ResultForm::kTyped, untyped),
            R"([{"type":"System.Integer","value":3},{"type":"System.Long","value":"3000000000"},)"
            R"({"type":"System.Decimal","value":"1.0"},{"type":"System.String","value":"x"},)"
            R"({"type":"System.Boolean","value":false},{"type":"System.Any","value":{"a":1}}])");
}

// The records as text: a letter for the kind, then the payload.
std::vector<std::string> records(std::string_view bytes, std::uint32_t count) {
  std::vector<std::string> found;
  std::size_t at = 0;
  const auto word = [&] {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    at += sizeof(value);
    return value;
  };
  while (at < bytes.size()) {
    const std::uint32_t header = word();
    const std::uint32_t kind = header & 7;
    const std::uint32_t size = header >> 3;
    if (kind > 5 || at + size > bytes.size()) {
      return {"broken"};
    }
    found.push_back(std::string(1, "ftiauj"[kind]));
    if (static_cast<fhirpath::RecordKind>(kind) == fhirpath::RecordKind::kInteger) {
      EXPECT_EQ(size, 4U);
      found.back() += std::to_string(static_cast<std::int32_t>(word()));
      continue;
    }
    found.back() += bytes.substr(at, size);
    at += (size + 3) / 4 * 4;
  }
  EXPECT_EQ(at, bytes.size());
  EXPECT_EQ(found.size(), count);
  return found;
}

TEST(EngineFhirPath, WritesRecords) {
  struct Case {
    std::string_view expression;
    std::vector<std::string> records;
  };
  const Case cases[] = {
      {"{}", {}},
      {"active | active.not()", {"t", "f"}},
      {"multipleBirth", {"i3"}},
      {"7 | -2147483647", {"i7", "i-2147483647"}},
      {"name.given", {"aAnn", "aBo", "u\u00e9"}},
      {"name.family | 'abcd' | ''", {"uM\u00fcller", "aabcd", "a"}},
      {"extension[0].value | 1.250 | 10L", {"j1.50", "j1.250", "j10"}},
      {"contact | 2 days | @2014", {R"(j{"gender":"male"})", "a2 days", "a2014"}},
      {"managingOrganization.resolve()", {R"(j{"resourceType":"Organization"})"}},
      {"birthDate", {}},
  };
  Engine engine;
  Error error;
  const auto resource = engine.load(kPatient, error);
  ASSERT_TRUE(resource);
  Surroundings around;
  around.form = ResultForm::kRecords;
  for (const Case& one : cases) {
    const auto expression = compile(engine, one.expression);
    ASSERT_TRUE(expression);
    std::string out;
    std::uint32_t count = 0;
    const EvaluationError failed = engine.evaluate(*expression, *resource, around, out, count);
    EXPECT_FALSE(failed) << one.expression << failed.message;
    EXPECT_EQ(records(out, count), one.records) << one.expression;
  }
}

// SPEC 1.3, P8
TEST(EngineFhirPath, RefusesWithCodeAndOffset) {
  struct Case {
    std::string expression;
    ExpressionOptions options;
    std::string_view code;
    std::uint32_t offset;
  };
  const Case cases[] = {
      {"name.", {}, "fhirpath-syntax", 5},
      {"name.nothing()", {}, "unknown-function", 5},
      {"name.where()", {}, "fhirpath-arity", 5},
      {"name", {.strict = false, .untyped = false, .type = "Nothing"}, "fhirpath-type", 0},
      {std::string(1 << 20, 'a'), {}, "limit-exceeded", 16 * 1024},
      {std::string(5000, '(') + "a" + std::string(5000, ')'), {}, "limit-exceeded", 64},
  };
  const Engine engine;
  for (const Case& one : cases) {
    Issues issues;
    EXPECT_EQ(engine.compile_fhirpath(one.expression, one.options, issues), nullptr);
    ASSERT_EQ(issues.list().size(), 1U);
    EXPECT_EQ(issue_name(issues.list()[0].code), one.code) << one.expression.substr(0, 40);
    EXPECT_EQ(issues.list()[0].offset, one.offset) << one.expression.substr(0, 40);
  }
}

// A name in backticks may hold anything.
TEST(EngineFhirPath, SaysWhatIsWrongInOneLine) {
  const Engine engine;
  const std::string_view long_name = "\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac\u20ac";
  std::string name;
  for (int i = 0; i < 100; ++i) {
    name += long_name;
  }
  for (const std::string& text :
       {std::string("`a\\nb\\u0000\\u001b`()"), "`" + name + "`()", "`x" + name + "`()"}) {
    Issues issues;
    EXPECT_EQ(engine.compile_fhirpath(text, {}, issues), nullptr);
    ASSERT_EQ(issues.list().size(), 1U);
    const std::string& message = issues.list()[0].message;
    EXPECT_LE(message.size(), 203U);
    for (const char c : message) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20) << message;
    }
    // Cut between characters: as many leading bytes as the text that follows them needs.
    const std::size_t cut = message.find("...");
    if (cut != std::string::npos) {
      EXPECT_EQ(message.substr(cut - 3, 3), "\u20ac");
    }
  }
}

TEST(EngineFhirPath, ListsVariablesAndClock) {
  const Engine engine;
  const auto compiled = compile(engine, "%a.b | %resource.id | %a | %`c d`");
  ASSERT_TRUE(compiled);
  EXPECT_EQ(compiled->variables, (std::vector<std::string>{"a", "resource", "c d"}));
  EXPECT_FALSE(compiled->reads_clock);
}

TEST(EngineFhirPath, TakesVariables) {
  Engine engine;
  Error error;
  const auto patient = engine.load(kPatient, error);
  const auto list = engine.load(R"(["x","y"])", error);
  const auto expression = compile(engine, "%a | %b.id | %c");
  ASSERT_TRUE(patient && list && expression);
  const Surroundings::Variable variables[] = {{"a", list.get()}, {"b", patient.get()}, {"c"}};
  Surroundings around;
  around.variables = variables;
  std::string out;
  std::uint32_t count = 0;
  ASSERT_FALSE(engine.evaluate(*expression, *patient, around, out, count));
  EXPECT_EQ(out, R"(["x","y","p"])");
  EXPECT_EQ(count, 3U);
  out.clear();
  around.variables = std::span(variables).first(1);
  const EvaluationError failed = engine.evaluate(*expression, *patient, around, out, count);
  EXPECT_EQ(failed.error.code, ErrorCode::kUnknownVariable);
  EXPECT_EQ(failed.error.offset, 5U);
  EXPECT_EQ(out, "");
}

TEST(EngineFhirPath, BoundsTheResult) {
  Limits limits;
  limits.max_evaluation_bytes = 200;
  Engine engine(limits);
  const std::string small = R"({"resourceType":"Basic","id":")" + std::string(50, 'x') + "\"}";
  for (const ResultForm form : {ResultForm::kJson, ResultForm::kTyped, ResultForm::kRecords}) {
    EXPECT_NE(result_of(engine, "$this", small, form), "result-too-large@0");
    EXPECT_EQ(result_of(engine, "$this | contained", small, form).empty(), false);
    const std::string large = R"({"resourceType":"Basic","id":")" + std::string(180, 'x') + "\"}";
    EXPECT_EQ(result_of(engine, "$this", large, form), "result-too-large@0");
    EXPECT_EQ(result_of(engine, "id", large, form) == "result-too-large@0",
              form == ResultForm::kTyped);
  }
}

TEST(EngineFhirPath, ReportsTheBodyAndTheExpressionApart) {
  Engine engine;
  const auto expression = compile(engine, "name.given.first() + name.given");
  ASSERT_TRUE(expression);
  const std::string padding(json::kPadding, '\0');
  const auto evaluate = [&](std::string_view body) {
    const std::string text = std::string(body) + padding;
    std::string out;
    std::uint32_t count = 0;
    return engine.evaluate(*expression, std::string_view(text).substr(0, body.size()), {}, out,
                           count);
  };
  EXPECT_EQ(evaluate("[]").error.code, ErrorCode::kNotAnObject);
  EXPECT_EQ(evaluate("").error.code, ErrorCode::kEmptyBody);
  const EvaluationError broken = evaluate(R"({"a":1,})");
  EXPECT_EQ(broken.error.code, ErrorCode::kInvalidJson);
  EXPECT_EQ(broken.error.offset, 7U);
  const EvaluationError several = evaluate(kPatient);
  EXPECT_EQ(several.error.code, ErrorCode::kSingletonExpected) << several.message;
  EXPECT_EQ(several.message.find("Ann"), std::string::npos);  // SPEC P6
  Error error;
  EXPECT_EQ(engine.load("{", error), nullptr);
  EXPECT_EQ(error.code, ErrorCode::kInvalidJson);
  EXPECT_FALSE(evaluate(R"({"resourceType":"Patient"})"));
}

}  // namespace
}  // namespace fhirwall
