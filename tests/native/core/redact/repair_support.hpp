#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/redact/repair.hpp"
#include "support.hpp"

namespace fhirwall::redact::testing {

struct RepairLists {
  std::vector<std::string> hidden;
  std::vector<std::string> readonly;
  PlanOptions shown = {};
};

// What repair() made of two texts; `before` may be empty: a create.
struct Repaired {
  bool refused = false;
  std::string conflicts;  // `hidden:name readonly:birthDate`
  std::string out;
  std::string shown;  // what the caller was shown of `before`
};

inline Repaired repaired(std::string_view type, std::string_view before, std::string_view after,
                         const RepairLists& lists) {
  const PlanOptions fields_only{false, true, true};
  const auto shown = plan_for(type, lists.hidden, lists.shown);
  const auto hidden = plan_for(type, lists.hidden, fields_only);
  const auto readonly = plan_for(type, lists.readonly, fields_only);
  const RepairPlans plans{shown.get(), hidden.get(), readonly.get()};
  Repaired result;
  const Parsed sent(after);
  if (!sent.ok()) {
    result.out.append("(not JSON)");
    return result;
  }
  result.out.push_back('+');
  Repair repair;
  if (before.empty()) {
    repair = redact::repair(nullptr, 0, sent.document(), 0, plans, result.out);
  } else {
    const Parsed stored(before);
    if (!stored.ok()) {
      result.out.append("(not JSON)");
      return result;
    }
    result.shown = redacted(*shown, before);
    repair = redact::repair(&stored.document(), 0, sent.document(), 0, plans, result.out);
  }
  EXPECT_EQ(result.out[0], '+') << "appends";
  result.out.erase(0, 1);
  result.refused = repair.refused;
  for (const Conflict& conflict : repair.conflicts) {
    result.conflicts += result.conflicts.empty() ? "" : " ";
    result.conflicts += conflict.kind == Conflict::Kind::kHidden ? "hidden:" : "readonly:";
    result.conflicts += conflict.path;
  }
  if (repair.refused) {
    EXPECT_EQ(result.out, "") << "refused, yet something was written";
  } else {
    const Parsed valid(result.out);
    EXPECT_TRUE(valid.ok() && valid.document().is_object(0)) << result.out;
  }
  return result;
}

// Rows name members apart from `resourceType`, which is put in front of each text.
struct RepairRow {
  const char* about;
  std::vector<std::string> hidden;
  std::vector<std::string> readonly;
  const char* before;  // "" for a create
  const char* submitted;
  const char* result;     // "refused" for a refusal
  const char* conflicts;  // `hidden:path readonly:path`
};

inline std::string whole(const char* type, std::string_view members) {
  std::string text = std::string("{\"resourceType\":\"").append(type).append("\"");
  if (!members.empty()) {
    text.append(",").append(members);
  }
  return text.append("}");
}

inline void check_repair(const char* type, const std::vector<RepairRow>& table,
                         const PlanOptions& shown = {}) {
  for (const RepairRow& row : table) {
    const std::string before =
        std::string_view(row.before) == "(create)" ? std::string() : whole(type, row.before);
    const auto result =
        repaired(type, before, whole(type, row.submitted), {row.hidden, row.readonly, shown});
    if (std::string_view(row.result) == "refused") {
      EXPECT_TRUE(result.refused) << row.about << "\n  " << result.out;
    } else {
      EXPECT_FALSE(result.refused) << row.about;
      EXPECT_EQ(result.out, whole(type, row.result)) << row.about;
      EXPECT_EQ(result.conflicts, row.conflicts) << row.about;
    }
  }
}

}  // namespace fhirwall::redact::testing
