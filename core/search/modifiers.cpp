#include "core/search/modifiers.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/concat.hpp"
#include "core/search/compile_clause.hpp"

namespace fhirwall::search {
namespace {

using Kind = Clause::Kind;

struct Row {
  std::string_view modifier;
  Kind parameter;
  Kind becomes;
  StringMode mode = StringMode::kStartsWith;
};

// Beside these every kind but membership takes `:missing`, and those of takes_not() `:not`.
constexpr Row kRows[] = {
    {"text", Kind::kToken, Kind::kText},
    {"of-type", Kind::kToken, Kind::kOfType},
    {"exact", Kind::kString, Kind::kString, StringMode::kExact},
    {"contains", Kind::kString, Kind::kString, StringMode::kContains},
    {"above", Kind::kUri, Kind::kUriAbove},
    {"below", Kind::kUri, Kind::kUriBelow},
    {"identifier", Kind::kReference, Kind::kIdentifier},
    {"text", Kind::kReference, Kind::kText},
};

constexpr std::string_view kNames[] = {"above",   "below", "contains", "exact", "identifier",
                                       "missing", "not",   "of-type",  "text",  "type"};
static_assert(std::all_of(std::begin(kRows), std::end(kRows), [](const Row& row) {
  return std::find(std::begin(kNames), std::end(kNames), row.modifier) != std::end(kNames);
}));

// SPEC 5.3: "`:not` is allowed on every type but number, date and quantity (there `ne`)".
bool takes_not(Kind kind) {
  return kind == Kind::kToken || kind == Kind::kString || kind == Kind::kUri ||
         kind == Kind::kReference || kind == Kind::kComposite || is_membership(kind);
}

bool needs_terminology(std::string_view modifier, const Clause& clause) {
  const bool hierarchy = modifier == "above" || modifier == "below";
  return (modifier == "in" || modifier == "not-in" || hierarchy) &&
         (clause.kind == Kind::kToken || (hierarchy && clause.kind == Kind::kReference));
}

}  // namespace

std::span<const std::string_view> modifier_names() { return kNames; }

bool apply_modifier(std::string_view modifier, Clause& clause, fhir::TypeId& only) {
  const Kind kind = clause.kind;
  if (modifier == "missing" && !is_membership(kind)) {
    clause.kind = Kind::kMissing;
    return true;
  }
  if (modifier == "not" && takes_not(kind)) {
    clause.negate = true;
    return true;
  }
  for (const Row& row : kRows) {
    if (row.parameter == kind && row.modifier == modifier) {
      clause.kind = row.becomes;
      clause.mode = row.mode;
      return true;
    }
  }
  if (kind != Kind::kReference) {
    return false;
  }
  const fhir::TypeId type = fhir::find_resource_type(modifier);
  const auto targets = clause.targets;
  if (type == fhir::TypeId::kNone ||
      (!targets.empty() && std::find(targets.begin(), targets.end(), type) == targets.end())) {
    return false;
  }
  only = type;
  return true;
}

std::string modifier_refusal(std::string_view name, std::string_view modifier, const Clause& plain,
                             const fhirpath::CompileResult& compiled) {
  std::string out = concat("`", name, "` does not take the modifier `", modifier, "`");
  if (needs_terminology(modifier, plain)) {
    return out + ": it needs a terminology server";
  }
  std::string allowed;
  const auto add = [&](std::string_view one) {
    allowed += concat(allowed.empty() ? "" : ", ", "`", one, "`");
  };
  if (!is_membership(plain.kind)) {
    add("missing");
  }
  if (takes_not(plain.kind)) {
    add("not");
  }
  for (const Row& row : kRows) {
    Clause modified;
    modified.kind = row.becomes;
    if (row.parameter == plain.kind && set_program(compiled, modified).empty()) {
      add(row.modifier);
    }
  }
  out += concat("; it takes ", allowed);
  if (plain.kind == Kind::kReference) {
    out += " and the types that it may refer to";
  }
  if (plain.kind == Kind::kDate || plain.kind == Kind::kNumber || plain.kind == Kind::kQuantity) {
    out += ", and `ne` in front of its value";
  }
  return out;
}

}  // namespace fhirwall::search
