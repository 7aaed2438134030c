#include "core/policy/closure.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "core/base/ascii.hpp"
#include "core/policy/fields.hpp"

namespace fhirwall::policy {
namespace {

using fhir::TypeId;
using redact::Plan;
using redact::Readable;

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// `vaccineCode`, `subtitle` and `code` end in `code`, `title` and `code`.
bool ends_in(std::string_view name, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return name.size() >= word.size() &&
           ascii::equals_ignoring_case(name.substr(name.size() - word.size()), word);
  });
}

// How a rule for `read` lets the caller see resources of the type.
Readable readable(const CompiledPolicy& policy, TypeId type) {
  Readable result = Readable::kNever;
  if (policy.denies_everything) {
    return result;
  }
  for (const std::uint16_t index : policy.rules_by_type[fhir::resource_index(type)]) {
    const Rule& rule = policy.rules[index];
    if ((rule.interactions & mask_of(Interaction::kRead)) == 0) {
      continue;
    }
    result = Readable::kByReference;
    // Whatever a rule before this one decides, something grants. But where projects are checked
    // (SPEC 10.1) no rule is enough: the target may be in another one.
    if (rule.conditions.empty() && policy.projects.own.empty()) {
      return Readable::kAlways;
    }
  }
  return result;
}

// The plans of one type that hide something, each once.
using Hiding = std::vector<std::shared_ptr<const Plan>>;

void add_hiding(Hiding& hiding, const std::shared_ptr<const Plan>& plan) {
  if (plan == nullptr || !redact::hides_anything(*plan)) {
    return;
  }
  const bool known = std::any_of(hiding.begin(), hiding.end(), [&](const auto& other) {
    return other == plan || redact::hidden_paths(*other) == redact::hidden_paths(*plan);
  });
  if (!known) {
    hiding.push_back(plan);
  }
}

// By fhir::resource_index. Not by `rules_by_type`: rules for types that nobody reaches (SPEC 4.1)
// hide what such a resource holds where another one contains it.
std::vector<Hiding> hiding_plans(const CompiledPolicy& policy) {
  std::vector<Hiding> result(fhir::resource_types().size());
  for (const Rule& rule : policy.rules) {
    if (!rule.any_type) {
      add_hiding(result[fhir::resource_index(rule.type)], rule.plan);
      continue;
    }
    for (std::size_t i = 0; i < rule.plans.size(); ++i) {
      add_hiding(result[i], rule.plans[i]);
    }
  }
  return result;
}

std::shared_ptr<const Plan> union_of(const CompiledPolicy& policy, TypeId type,
                                     const Hiding& hiding) {
  if (hiding.empty()) {
    return plan_hiding_nothing(type, policy.plan_options);
  }
  if (hiding.size() == 1) {
    return hiding.front();
  }
  std::vector<const Plan*> plans;
  for (const auto& plan : hiding) {
    plans.push_back(plan.get());
  }
  return redact::merge_plans(type, plans, policy.plan_options);
}

}  // namespace

bool is_person(TypeId type) {
  constexpr std::string_view kPersons[] = {"Patient", "Person", "RelatedPerson", "Practitioner",
                                           "PractitionerRole"};
  return is_one_of(fhir::type_name(type), kPersons);
}

bool is_label(const fhir::ElementPath& path) {
  constexpr std::string_view kWords[] = {"name",     "title", "code",  "type",        "class",
                                         "category", "label", "alias", "description", "number"};
  constexpr std::string_view kNames[] = {"medication", "practitioner", "product", "relationship",
                                         "specialty",  "synonym",      "topic",   "udiCarrier"};
  const std::string_view name = path.front().element->name;
  return ends_in(name, kWords) || is_one_of(name, kNames);
}

bool is_identifier(const fhir::ElementPath& path) {
  constexpr std::string_view kWords[] = {"identifier", "number"};
  constexpr std::string_view kNames[] = {"requisition", "udiCarrier"};
  const std::string_view name = path.front().element->name;
  return ends_in(name, kWords) || is_one_of(name, kNames);
}

redact::ClosureFacts closure_facts(const CompiledPolicy& policy, const Options& options) {
  redact::ClosureFacts facts;
  const std::vector<Hiding> hiding = hiding_plans(policy);
  bool hides = false;
  bool hides_persons = false;
  bool hides_labels = false;
  for (const TypeId type : fhir::resource_types()) {
    const Hiding& here = hiding[fhir::resource_index(type)];
    redact::TypeFacts& row = facts.types.emplace_back();
    for (const auto& plan : here) {
      const auto paths = redact::hidden_elements(*plan);
      row.labels_hidden |= std::any_of(paths.begin(), paths.end(), is_label);
      row.identifier_hidden |= std::any_of(paths.begin(), paths.end(), is_identifier);
    }
    row.contained = union_of(policy, type, here);
    hides |= !here.empty();
    hides_labels |= row.labels_hidden || row.identifier_hidden;
    const bool person = is_person(type);
    if (person) {
      row.person = readable(policy, type);
      hides_persons |= row.person != Readable::kAlways;
    }
    // SPEC 7.4.
    row.contained_cut =
        options.contained == Contained::kPolicy
            ? readable(policy, type) == Readable::kNever
            : options.contained == Contained::kStrict && person && row.person == Readable::kNever;
    facts.cuts_contained |= row.contained_cut;
  }
  facts.cuts_contained |= options.contained == Contained::kPolicy;
  facts.cuts_narratives = options.closure_strict && (hides || hides_persons);
  facts.cuts_displays =
      options.closure_strict && !options.keep_displays && (hides_persons || hides_labels);
  // Whatever the rules grant, entries of types that nobody reaches or knows are refused.
  facts.filters_bundles = true;
  facts.base_urls = policy.base_urls;
  return facts;
}

}  // namespace fhirwall::policy
