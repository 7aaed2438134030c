#include "core/decide/guard_search.hpp"

#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/decide/decision.hpp"
#include "core/decide/guard_reads.hpp"
#include "core/fhir/search_param.hpp"
#include "core/redact/closure_facts.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/filter_names.hpp"
#include "core/search/modifiers.hpp"

namespace fhirwall::decide {
namespace {

using fhir::TypeId;
using policy::Interaction;
using search::Param;

constexpr int kMaxLinks = 3;  // SPEC 5.8, P8

bool contains(std::span<const TypeId> types, TypeId type) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// What stands before the first of `signs`; `rest` is left behind that sign.
std::string_view take_word(std::string_view& rest, std::string_view signs) {
  const std::size_t end = std::min(rest.find_first_of(signs), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

}  // namespace

// Every resource of the type, whatever is in it: what a chain looks at is decided by nobody else.
bool SearchGuard::sees_all(TypeId type, Interaction interaction) const {
  const auto& rules = policy_.rules_by_type[fhir::resource_index(type)];
  return can(policy_, interaction, type) && policy_.projects.own.empty() &&
         std::any_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
           const policy::Rule& rule = policy_.rules[index];
           return (rule.interactions & policy::mask_of(interaction)) != 0 &&
                  rule.conditions.empty();
         });
}

// Nothing of the type is hidden, not even by closure: its words may be searched.
bool SearchGuard::shows_all(TypeId type) const {
  const redact::ClosureFacts& facts = redact::facts_of(*policy_.closure);
  const auto& rules = policy_.rules_by_type[fhir::resource_index(type)];
  return !facts.cuts_narratives && !facts.cuts_displays && !facts.cuts_contained &&
         policy_.plan_options.extended_meta &&
         std::none_of(rules.begin(), rules.end(), [&](std::uint16_t index) {
           return redact::hides_anything(*policy_.rules[index].plan_of(type));
         });
}

bool SearchGuard::shows(TypeId type, std::string_view name) const {
  const Param param = search::find_param(type, name, policy_.custom.get());
  return param && shows(type, param);
}

bool SearchGuard::shows(TypeId type, const Param& param) const {
  const search::Clause::Kind kind = search::kind_of(param);
  if (search::is_membership(kind)) {
    return policy_.plan_options.extended_meta;  // SPEC 7.7
  }
  const fhirpath::CompileResult compiled = param.program(type);
  std::vector<Place> yields;
  std::vector<Place> reads;
  if (!compiled.program || !places_of(*compiled.program, {}, yields, reads)) {
    return false;
  }
  const auto components = param.components();
  std::vector<fhirpath::CompileResult> kept;  // what places view
  for (const fhir::ParamComponent& component : components) {
    std::vector<Place> none(1);
    none.front().type = type;
    for (const Place& item : component.of_resource ? none : yields) {
      const auto part = search::program_for(component, item.type);
      kept.push_back(part);
      if (!part.program || !places_of(*part.program, item, reads, reads)) {
        return false;
      }
    }
  }
  const auto hidden = [&](const Place& place) { return is_hidden(policy_, type, place); };
  return !(yields.empty() && reads.empty()) && std::none_of(reads.begin(), reads.end(), hidden) &&
         (!components.empty() || std::none_of(yields.begin(), yields.end(), hidden));
}

bool SearchGuard::admits_modifier(const Param& param, std::string_view modifier) const {
  search::Clause clause;
  clause.kind = search::kind_of(param);
  clause.targets = param.targets();
  using Kind = search::Clause::Kind;
  if (clause.kind == Kind::kToken) {
    // They read what is in other resources.
    const bool values = modifier == "in" || modifier == "not-in";
    if (values || modifier == "above" || modifier == "below") {
      const TypeId other = fhir::find_resource_type(values ? "ValueSet" : "CodeSystem");
      return sees_all(other, Interaction::kRead) && shows_all(other);
    }
  }
  TypeId only = TypeId::kNone;
  const bool of_reference = clause.kind == Kind::kReference;
  if (!search::apply_modifier(modifier, clause, only)) {
    return false;
  }
  const bool identifier = clause.kind == Kind::kIdentifier;
  return !of_reference || (!identifier && clause.kind != Kind::kText) ||
         !cuts_display(policy_, clause.targets, identifier);
}

bool SearchGuard::admits(TypeId type, std::string_view key, std::string_view value) const {
  if (key == "_text" || key == "_content") {
    return shows_all(type);
  }
  if (key == "_filter") {
    std::vector<std::string> names;
    return search::filter_names(value, names) &&
           std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return admits(type, name, {}, 0); });
  }
  return admits(type, key, value, 0);
}

bool SearchGuard::admits(TypeId type, std::string_view key, std::string_view value,
                         int links) const {
  if (links > kMaxLinks) {
    return false;
  }
  if (key.starts_with("_has:")) {
    return admits_has(type, key.substr(5), value, links);
  }
  const std::string_view name = key.substr(0, key.find_first_of(":."));
  const Param param = search::find_param(type, name, policy_.custom.get());
  if (!param || !shows(type, param)) {
    return false;
  }
  key.remove_prefix(name.size());
  const std::size_t dot = key.find('.');
  std::string_view modifier = key.substr(0, dot);
  modifier.remove_prefix(modifier.empty() ? 0 : 1);
  if (!modifier.empty() && !admits_modifier(param, modifier)) {
    return false;
  }
  if (dot == std::string_view::npos) {
    return true;
  }
  // A chain. Of the types that its reference may lead to those count that have the parameter.
  const std::string_view rest = key.substr(dot + 1);
  const TypeId only = modifier.empty() ? TypeId::kNone : fhir::find_resource_type(modifier);
  if (param.type() != fhir::ParamType::kReference ||
      search::is_membership(search::kind_of(param)) ||
      (!modifier.empty() && only == TypeId::kNone)) {
    return false;
  }
  const auto targets = only != TypeId::kNone     ? std::span<const TypeId>(&only, 1)
                       : param.targets().empty() ? fhir::resource_types()
                                                 : param.targets();
  const std::string_view next = rest.substr(0, rest.find_first_of(":."));
  bool any = false;
  for (const TypeId target : targets) {
    if (next != "_has" && !search::find_param(target, next, policy_.custom.get())) {
      continue;
    }
    any = true;
    if (!sees_all(target, Interaction::kSearch) || !admits(target, rest, value, links + 1)) {
      return false;
    }
  }
  return any;
}

// `Observation:patient:code`.
bool SearchGuard::admits_has(TypeId type, std::string_view rest, std::string_view value,
                             int links) const {
  const TypeId from = fhir::find_resource_type(take_word(rest, ":"));
  const std::string_view name = take_word(rest, ":");
  if (from == TypeId::kNone || rest.empty() || !sees_all(from, Interaction::kSearch)) {
    return false;
  }
  const Param back = search::find_param(from, name, policy_.custom.get());
  return back && back.type() == fhir::ParamType::kReference &&
         !search::is_membership(search::kind_of(back)) &&
         (back.targets().empty() || contains(back.targets(), type)) && shows(from, back) &&
         admits(from, rest, value, links + 1);
}

bool SearchGuard::admits_sort(TypeId type, std::string_view keys) const {
  do {
    std::string_view key = take_word(keys, ",");
    key.remove_prefix(key.starts_with('-') ? 1 : 0);
    if (!shows(type, key)) {
      return false;
    }
  } while (!keys.empty());
  return true;
}

bool SearchGuard::include_shows(TypeId source, std::string_view name) const {
  const Param param = search::find_param(source, name, policy_.custom.get());
  return param && param.type() == fhir::ParamType::kReference &&
         !search::is_membership(search::kind_of(param)) && shows(source, param);
}

std::vector<std::string> SearchGuard::include(std::span<const TypeId> types, std::string_view value,
                                              bool forward) const {
  const std::string_view source_name = take_word(value, ":");
  const std::string_view name = take_word(value, ":");
  const TypeId source = fhir::find_resource_type(source_name);
  const auto readable = [&](TypeId type) { return can(policy_, Interaction::kRead, type); };
  if (source == TypeId::kNone || !readable(source) || !include_shows(source, name)) {
    return {};
  }
  const auto declared = search::find_param(source, name, policy_.custom.get()).targets();
  const auto targets = declared.empty() ? fhir::resource_types() : declared;
  const std::string written = concat(source_name, ":", name);
  if (!value.empty()) {
    const TypeId target = fhir::find_resource_type(value);
    const bool fits = target != TypeId::kNone && contains(targets, target) && readable(target);
    return fits ? std::vector<std::string>{concat(written, ":", value)}
                : std::vector<std::string>();
  }
  if (!forward) {
    // It leads to what was found, which is decided by itself.
    const bool fits = std::any_of(types.begin(), types.end(),
                                  [&](TypeId type) { return contains(targets, type); });
    return fits ? std::vector<std::string>{written} : std::vector<std::string>();
  }
  if (std::all_of(targets.begin(), targets.end(), readable)) {
    return {written};
  }
  // Where only some of the types may be read, those are named.
  std::vector<std::string> out;
  if (!declared.empty()) {
    for (const TypeId target : targets) {
      if (readable(target)) {
        out.push_back(concat(written, ":", fhir::type_name(target)));
      }
    }
  }
  return out;
}

}  // namespace fhirwall::decide
