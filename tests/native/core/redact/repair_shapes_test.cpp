#include "repair_support.hpp"

// Arrays of primitives and their siblings in shapes that do not fit, and choices that would lose
// what is protected (SPEC 9.2).
namespace fhirwall::redact {
namespace {

using testing::repaired;

struct Case {
  const char* type;
  const char* before;  // members of the resource
  const char* after;
  const char* out;
  const char* conflicts;
  std::vector<std::string> hidden;
  std::vector<std::string> readonly;
};

std::string resource(const char* type, const std::string& members) {
  return R"({"resourceType":")" + std::string(type) + "\"," + members + "}";
}

void check(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    const auto result = repaired(one.type, resource(one.type, one.before),
                                 resource(one.type, one.after), {one.hidden, one.readonly});
    EXPECT_FALSE(result.refused) << one.after;
    EXPECT_EQ(result.out, resource(one.type, one.out)) << one.before << one.after;
    EXPECT_EQ(result.conflicts, one.conflicts) << one.before << one.after;
  }
}

TEST(RepairShapes, PositionsOfPrimitives) {
  const std::vector<std::string> path = {"name.given.extension"};
  const char* const stored = R"("name":[{"given":["a"],"_given":[{"extension":[{"url":"u"}]}]}])";
  check({
      {"Patient",
       stored,
       R"("name":[{"given":["x"]}])",
       R"("name":[{"given":["x"],"_given":[{"extension":[{"url":"u"}]}]}])",
       "",
       path,
       {}},
      // Nobody was shown a sibling, so that one of another shape is a submitted hidden element.
      {"Patient",
       stored,
       R"("name":[{"given":["x"],"_given":"y"}])",
       R"("name":[{"given":["x"],"_given":[{"extension":[{"url":"u"}]}]}])",
       "hidden:name.given",
       path,
       {}},
      {"Patient",
       stored,
       R"("name":[{"given":"x"}])",
       stored,
       "readonly:name.given readonly:name.given.extension",
       {},
       path},
  });
}

// What is unknown to the model was not shown, and is no hidden path.
TEST(RepairShapes, UnknownPartsOfSiblings) {
  const std::vector<std::string> elsewhere = {"birthDate"};
  check({
      {"Patient",
       R"("name":[{"given":["a"],"_given":[{"foo":1}]}])",
       R"("name":[{"given":["b"]}])",
       R"("name":[{"given":["b"],"_given":[{"foo":1}]}])",
       "",
       elsewhere,
       {}},
      {"Patient",
       R"("name":[{"given":["a"],"_given":[{"foo":1}]}])",
       R"("name":[{"given":"b"}])",
       R"("name":[{"given":"b","_given":[{"foo":1}]}])",
       "",
       elsewhere,
       {}},
      {"Patient",
       R"("name":[{"given":["a"],"_given":{"foo":1}}])",
       R"("name":[{"given":["b"]}])",
       R"("name":[{"given":["b"],"_given":{"foo":1}}])",
       "",
       elsewhere,
       {}},
  });
}

TEST(RepairShapes, ChoicesThatHoldWhatIsProtected) {
  const std::vector<std::string> unit = {"value[x].unit"};
  const char* const with_unit = R"("valueQuantity":{"value":1,"unit":"kg"})";
  const char* const without = R"("valueQuantity":{"value":1})";
  const char* const text = R"("valueString":"x")";
  check({
      {"Observation", with_unit, text, with_unit, "readonly:valueString", {}, unit},
      {"Observation", without, text, text, "", {}, unit},
      // Whether a hidden unit is there is not asked (SPEC P3).
      {"Observation", with_unit, text, with_unit, "readonly:valueString", unit, {}},
      {"Observation", without, text, without, "readonly:valueString", unit, {}},
  });
}

// A path through every choice concerns those that have the rest of it; what is refused of a choice
// of which nothing was shown takes nothing away.
TEST(RepairShapes, ChoicesOfWhichNothingWasShown) {
  check({
      {"Condition",
       R"("abatementPeriod":{"end":"a"})",
       R"("abatementPeriod":{"start":"b","end":"c"})",
       R"("abatementPeriod":{"start":"b","end":"a"})",
       "hidden:abatementPeriod.end",
       {"abatement.end"},
       {}},
      {"Condition",
       R"("abatementPeriod":{"end":"a"})",
       R"("abatementPeriod":{})",
       R"("abatementPeriod":{"end":"a"})",
       "",
       {"abatement.end"},
       {}},
      {"Observation",
       R"("valueQuantity":{"extension":[{"url":"u"}]})",
       R"("valueQuantity":{"value":1},"status":"final")",
       R"("valueQuantity":{"extension":[{"url":"u"}]},"status":"final")",
       "readonly:valueQuantity",
       {"value.extension"},
       {}},
      {"Observation",
       R"("status":"final")",
       R"("valueQuantity":{"value":1},"status":"final")",
       R"("status":"final")",
       "readonly:valueQuantity",
       {"value.extension"},
       {}},
  });
}

}  // namespace
}  // namespace fhirwall::redact
