#include "core/redact/touches.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/native/core/redact/support.hpp"

namespace fhirwall::redact {
namespace {

using testing::plan_for;

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> keys;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    keys.push_back(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return keys;
}

struct Case {
  const char* type;
  std::vector<std::string> hidden;
  std::vector<const char*> touched;
  std::vector<const char*> free;
};

void check(const std::vector<Case>& cases, const PlanOptions& options) {
  for (const Case& one : cases) {
    const auto plan = plan_for(one.type, one.hidden, options);
    for (const char* path : one.touched) {
      EXPECT_TRUE(touches(*plan, split(path))) << one.type << " " << path;
    }
    for (const char* path : one.free) {
      EXPECT_FALSE(touches(*plan, split(path))) << one.type << " " << path;
    }
  }
}

TEST(Touches, IsContainsOrLiesBelow) {
  check(
      {
          {"Patient",
           {"birthDate"},
           {"", "birthDate", "_birthDate", "_birthDate.extension", "_birthDate.extension.url",
            "birthDate.x"},
           {"id", "gender", "_gender", "name", "name.family", "contact.name.given", "extension",
            "meta.tag", "deceasedBoolean"}},
          {"Patient",
           {"name.given", "contact.telecom.value"},
           {"name", "name.given", "name._given", "name._given.id", "contact", "contact.telecom",
            "contact.telecom.value"},
           {"name.family", "name.use", "contact.name", "contact.name.given",
            "contact.telecom.system", "telecom", "telecom.value"}},
          {"Patient",
           {"birthDate.extension"},
           {"birthDate", "_birthDate", "_birthDate.extension", "_birthDate.extension.valueString"},
           {"_birthDate.id", "gender"}},
          // closure: the summaries of what encloses a hidden part
          {"Patient", {"name.family"}, {"name.text"}, {"name.prefix", "maritalStatus.text"}},
      },
      {});
}

TEST(Touches, Choices) {
  check(
      {
          {"Observation",
           {"value[x]"},
           {"valueQuantity", "valueQuantity.unit", "_valueString", "valueFoo", "value",
            "_valueFoo"},
           {"status", "note.text", "component.valueQuantity"}},
          // A protected concrete choice protects the whole choice (SPEC 9.2).
          {"Observation",
           {"valueQuantity"},
           {"valueQuantity", "valueString", "_valueString", "valueQuantity.unit"},
           {"component.valueString", "effectiveDateTime"}},
          {"Observation",
           {"value.unit"},
           {"valueQuantity", "valueQuantity.unit"},
           {"valueQuantity.value", "valueString", "valueBoolean"}},
          {"Observation",
           {"component.value"},
           {"component", "component.valueString", "component._valueDateTime"},
           {"component.code", "valueString"}},
      },
      {});
}

TEST(Touches, Extensions) {
  check(
      {
          {"Patient",
           {"extension('http://a')"},
           {"extension", "extension.url", "extension.valueString", "extension.extension"},
           {"modifierExtension", "name.extension", "_birthDate.extension"}},
          {"Patient",
           {"name.extension('http://a').value"},
           {"name", "name.extension", "name.extension.url"},
           {"extension", "name.family"}},
      },
      {});
}

TEST(Touches, UnknownKeys) {
  PlanOptions keep;
  keep.keep_unknown_elements = true;
  check({{"Patient",
          {"birthDate"},
          {"foo", "name.foo", "name.foo.bar", "_name", "_contact", "name.0"},
          {"name.family"}}},
        {});
  check(
      {{"Patient", {"name"}, {"name", "_name", "_name.extension"}, {"foo", "foo.name", "_contact"}},
       {"Observation",
        {"value[x]"},
        {"valueFoo", "_valueFoo", "_value", "value"},
        {"values", "foo"}}},
      keep);
}

TEST(Touches, NarrativesAndResources) {
  PlanOptions fields_only;
  fields_only.closure_strict = false;
  const std::vector<std::string> hidden{"date"};
  check({{"Composition",
          hidden,
          {"text", "text.div", "text.status", "section", "section.text", "section.section",
           "section.section.text", "contained.meta"},
          {"title", "section.title", "section.code", "subject", "contained.id"}}},
        {});
  check({{"Composition",
          hidden,
          {"contained.meta", "date"},
          {"text", "text.div", "section", "section.text", "contained.id"}},
         {"Bundle",
          {"timestamp"},
          {"timestamp"},
          {"entry", "entry.resource", "entry.response", "entry.fullUrl", "link"}},
         {"Patient", {"name.family"}, {"name"}, {"name.text", "text"}}},
        fields_only);
}

TEST(Touches, ServerMeta) {
  check({{"Patient",
          {},
          {"", "meta", "meta.project", "meta._project", "meta.accounts", "meta.author.reference",
           "contained", "contained.meta", "contained.meta.project"},
          {"meta.tag", "meta.versionId", "name", "text", "foo", "contained.id", "contained.name"}}},
        {});
  PlanOptions extended;
  extended.extended_meta = true;
  check({{"Patient", {}, {}, {"", "meta", "meta.project", "contained", "name", "foo", "text"}},
         {"Patient", {"gender"}, {"", "gender"}, {"meta", "meta.project"}}},
        extended);
}

// Every member that the redactor cuts or cuts into is touched, and no other one of these.
TEST(Touches, AgreesWithTheRedactor) {
  const char* const kMembers[] = {R"("active":true)",
                                  R"("_active":{"id":"a"})",
                                  R"("name":[{"family":"F","given":["G"]}])",
                                  R"("birthDate":"2000-01-01")",
                                  R"("_birthDate":{"id":"b"})",
                                  R"("deceasedBoolean":true)",
                                  R"("_deceasedDateTime":{"id":"c"})",
                                  R"("foo":{"bar":1})",
                                  R"("text":{"div":"d"})",
                                  R"("contact":[{"name":{"family":"F"},"gender":"male"}])",
                                  R"("contained":[{"id":"x"}])",
                                  R"("extension":[{"url":"http://a","valueString":"s"}])",
                                  R"("_name":[{"id":"x"}])"};
  const std::vector<std::string> kHidden[] = {
      {},         {"name"},         {"name.family"},           {"deceased"},
      {"active"}, {"contact.name"}, {"extension('http://a')"}, {"birthDate", "contact.gender"}};
  std::size_t compared = 0;
  for (const bool keep_unknown : {false, true}) {
    for (const bool strict : {false, true}) {
      for (const auto& hidden : kHidden) {
        PlanOptions options;
        options.keep_unknown_elements = keep_unknown;
        options.closure_strict = strict;
        const auto plan = plan_for("Patient", hidden, options);
        for (const std::string member : kMembers) {
          const std::string text = R"({"resourceType":"Patient",)" + member + "}";
          const std::string_view key = std::string_view(member).substr(1, member.find('"', 1) - 1);
          const bool cut = testing::redacted(*plan, text) != text;
          // Resources inside are for their own plans to judge.
          if (key != "contained") {
            EXPECT_EQ(touches(*plan, split(key)), cut) << text;
          }
          ++compared;
        }
      }
    }
  }
  EXPECT_EQ(compared, 2u * 2 * 8 * 13);
}

}  // namespace
}  // namespace fhirwall::redact
