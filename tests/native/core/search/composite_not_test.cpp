#include "core/base/concat.hpp"
#include "tests/native/core/search/support.hpp"

// `:not` of a composite (SPEC 5.3, 5.5): no item may satisfy the value, its parts read widely where
// they have such a reading, and none may be malformed.
namespace fhirwall::search::test {
namespace {

std::string components(std::initializer_list<const char*> items) {
  std::string out;
  for (const char* item : items) {
    out += concat(out.empty() ? R"("component":[)" : ",", item);
  }
  return out + "]";
}

constexpr const char* kHigh =
    R"({"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":150}})";
constexpr const char* kLow =
    R"({"code":{"coding":[{"code":"8480-6"}]},"valueQuantity":{"value":90}})";
constexpr const char* kOther =
    R"({"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":150}})";
constexpr const char* kAbsent = R"({"code":{"coding":[{"code":"8480-6"}]}})";
constexpr const char* kText = R"({"code":{"text":"8480-6"},"valueQuantity":{"value":150}})";
constexpr const char* kBadCode = R"({"code":"8480-6","valueQuantity":{"value":90}})";
constexpr const char* kBadValue =
    R"({"code":{"coding":[{"code":"8462-4"}]},"valueQuantity":{"value":"150"}})";

void check_not(const char* value, std::initializer_list<const char*> items, const char* expected) {
  const std::string members = items.size() == 0 ? R"("id":"1")" : components(items);
  const std::string query = concat("component-code-value-quantity:not=", value);
  const std::string filter = concat("_filter=component-code-value-quantity ne ", value);
  check("Observation", {{query.c_str(), members.c_str(), expected}});
  if (std::string_view(value).find(',') == std::string_view::npos) {
    check("Observation", {{filter.c_str(), members.c_str(), expected}});
  }
}

TEST(CompositeNot, NoItemMaySatisfyTheValue) {
  check_not("8480-6$gt140", {kHigh}, "no");
  check_not("8480-6$gt140", {kLow}, "yes");
  check_not("8480-6$gt140", {kOther}, "yes");
  check_not("8480-6$gt140", {kLow, kOther}, "yes");
  check_not("8480-6$gt140", {kLow, kOther, kHigh}, "no");
  check_not("8480-6$gt140", {kAbsent}, "yes");
  check_not("8480-6$gt140", {}, "yes");
  check_not("8480-6$gt140,8462-4$gt140", {kLow}, "yes");
  check_not("8480-6$gt140,8462-4$gt140", {kOther}, "no");
  check_not("8480-6$ne90", {kLow}, "yes");
  check_not("8480-6$ne90", {kHigh}, "no");
  check_not("8480-6$ne90", {kAbsent}, "yes");
}

TEST(CompositeNot, ReadsPartsWidely) {
  check_not("8480-6$gt140", {kText}, "no");
  check("Observation",
        {{"component-code-value-quantity=8480-6$gt140", components({kText}).c_str(), "no"}});
  check("Observation",
        {
            {"code-value-string:not=x$bc",
             R"("code":{"coding":[{"code":"X"}]},"valueString":"abcd")", "no"},
            {"code-value-string:not=x$bx",
             R"("code":{"coding":[{"code":"X"}]},"valueString":"abcd")", "yes"},
            {"code-value-string=x$bc", R"("code":{"coding":[{"code":"x"}]},"valueString":"abcd")",
             "no"},
            // the item of another type: the Observation itself
            {"combo-code-value-quantity:not=x$1",
             R"("code":{"coding":[{"code":"x"}]},"valueQuantity":{"value":1})", "no"},
            {"combo-code-value-quantity:not=x$2",
             R"("code":{"coding":[{"code":"x"}]},"valueQuantity":{"value":1})", "yes"},
        });
  check(
      "DocumentReference",
      {{"relationship:not=replaces$DocumentReference/1",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/2"}}])", "yes"},
       {"relationship:not=replaces$DocumentReference/1",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"http://x/DocumentReference/1"}}])",
        "no"},
       // nobody knows what it points to
       {"relationship:not=replaces$DocumentReference/1",
        R"("relatesTo":[{"code":"replaces","target":{"reference":"urn:uuid:1"}}])", "no"}});
}

TEST(CompositeNot, HoldsForNothingMalformed) {
  for (const char* item : {kBadCode, kBadValue, "[]", "\"8480-6\"", "null",
                           R"({"code":{"coding":[{"code":5}]},"valueQuantity":{"value":90}})",
                           R"({"code":{"coding":[{"code":"x"}]},"valueQuantity":[]})"}) {
    check_not("8480-6$gt140", {item}, "no");
    check_not("8480-6$gt140", {kLow, item}, "no");
    check_not("8480-6$gt140", {item, kLow}, "no");
    check("Observation", {{"component-code-value-quantity=8480-6$gt140",
                           components({item, kHigh}).c_str(), "yes"}});
  }
  // A unit that says nothing about the value's leaves open what the item is.
  check_not("8480-6$gt140||mmHg", {kLow}, "no");
}

}  // namespace
}  // namespace fhirwall::search::test
