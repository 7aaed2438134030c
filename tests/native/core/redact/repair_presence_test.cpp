#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "repair_support.hpp"

// Stored versions that differ only in whether a hidden element is there answer every submission
// alike, and show alike what comes of it (SPEC P3).
namespace fhirwall::redact {
namespace {

using testing::plan_for;
using testing::redacted;
using testing::repaired;
using testing::whole;

TEST(RepairPresence, HiddenElementsAnswerNothing) {
  const struct {
    const char* type;
    std::vector<std::string> hidden;
    std::vector<const char*> stored;  // the caller sees no difference between them
    std::vector<const char*> submitted;
  } table[] = {
      {"Patient",
       {"name.family"},
       {R"("name":[{"given":["A"]},{"given":["B"]}])",
        R"("name":[{"family":"S","given":["A"]},{"given":["B"]}])",
        R"("name":[{"given":["A"]},{"family":"S","given":["B"]}])",
        R"("name":[{"family":"R"},{"given":["A"],"_family":{"id":"x"}},{"given":["B"]}])",
        R"("name":[{"given":["A"]},{"given":["B"]},{"family":"T"}])"},
       {"", R"("name":[])", R"("name":[{"given":["B"]}])", R"("name":[{"given":["A"]}])",
        R"("name":[{"given":["B"]},{"given":["A"]}])", R"("name":[{"given":["C"]}])",
        R"("name":[{"given":["A"]},{"given":["C"]}])",
        R"("name":[{"given":["A"]},{"given":["B"]},{"given":["C"]}])",
        R"("name":[{"given":["C"]},{"given":["D"]},{"given":["E"]}])",
        R"("name":[{"family":"Q","given":["A"]},{"given":["B"]}])", R"("name":{"given":["A"]})"}},
      {"Observation",
       {"valueQuantity.unit"},
       {R"("status":"final")", R"("status":"final","valueQuantity":{"unit":"g"})"},
       {R"("status":"final")", R"("status":"final","valueString":"s")",
        R"("status":"final","valueQuantity":{"value":1})",
        R"("status":"final","valueQuantity":{"unit":"g"})"}},
      {"Observation",
       {"valueQuantity.unit"},
       {R"("valueQuantity":{"value":1})", R"("valueQuantity":{"value":1,"unit":"g"})"},
       {"", R"("valueString":"s")", R"("valueQuantity":{"value":2})", R"("valueInteger":1)"}},
      {"Patient",
       {"extension('a')"},
       {R"("extension":[{"url":"b","valueString":"1"},{"url":"c"}])",
        R"("extension":[{"url":"a"},{"url":"b","valueString":"1"},{"url":"c"}])",
        R"("extension":[{"url":"b","valueString":"1"},{"url":"a"},{"url":"c"},{"url":"a"}])"},
       {"", R"("extension":[{"url":"c"}])", R"("extension":[{"url":"b","valueString":"2"}])",
        R"("extension":[{"url":"c"},{"url":"d"},{"url":"b","valueString":"1"}])",
        R"("extension":[{"url":"a"}])"}},
      {"Patient",
       {"name.given.extension"},
       {R"("name":[{"given":["A","B"]}])",
        R"("name":[{"given":["A","B"],"_given":[null,{"extension":[{"url":"u"}]}]}])"},
       {R"("name":[{"given":["B"]}])", R"("name":[{"given":["A","C"]}])",
        R"("name":[{"given":["A","B","C"]}])", R"("name":[{"family":"F"}])", ""}},
  };
  for (const auto& row : table) {
    const auto plan = plan_for(row.type, row.hidden, {});
    for (const char* submitted : row.submitted) {
      const auto answer = [&](const char* stored) {
        const auto result = repaired(row.type, whole(row.type, stored), whole(row.type, submitted),
                                     {row.hidden, {}});
        std::string text = result.refused ? "refused" : redacted(*plan, result.out);
        return text.append(" ").append(result.conflicts);
      };
      const std::string first = answer(row.stored.front());
      for (const char* stored : row.stored) {
        ASSERT_EQ(redacted(*plan, whole(row.type, stored)),
                  redacted(*plan, whole(row.type, row.stored.front())))
            << stored;
        EXPECT_EQ(answer(stored), first) << stored << " <- " << submitted;
      }
    }
  }
}

}  // namespace
}  // namespace fhirwall::redact
