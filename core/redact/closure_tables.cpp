#include "core/redact/closure_tables.hpp"

#include <array>
#include <string>
#include <utility>

#include "core/base/ascii.hpp"
#include "core/redact/bundle_parts.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {
namespace {

using fhir::Element;
using fhir::TypeId;

std::uint64_t bit_of(const Element& element, TypeId type) {
  if (!element.choice) {
    return key_bit(element.name);
  }
  std::string key(element.name);
  const std::string_view name = fhir::type_name(type);
  key += ascii::to_upper(name.front());
  key += name.substr(1);
  return key_bit(key);
}

// To a fixed point: what leads to a type that leads to something leads there too.
std::vector<Reach> make_reach() {
  const fhir::WellKnown& known = fhir::well_known();
  std::vector<Reach> all(1);
  while (!fhir::type_name(TypeId{static_cast<std::uint16_t>(all.size())}).empty()) {
    all.emplace_back();
  }
  for (bool grown = true; grown;) {
    grown = false;
    for (std::size_t i = 1; i < all.size(); ++i) {
      Reach& reach = all[i];
      for (const Element* element : fhir::elements(TypeId{static_cast<std::uint16_t>(i)})) {
        for (const TypeId type : element->types) {
          if (fhir::type_kind(type) == fhir::TypeKind::kPrimitive || type == known.extension) {
            continue;
          }
          const Reach& next = all[static_cast<std::size_t>(type)];
          const std::uint64_t bit = bit_of(*element, type);
          const bool resource = is_resource(type);
          const auto lead = [&](std::uint64_t& keys, bool leads) {
            if (leads && (keys & bit) == 0) {
              keys |= bit;
              grown = true;
            }
          };
          lead(reach.references, type == known.reference || (!resource && next.references != 0));
          lead(reach.narratives, type == known.narrative || (!resource && next.narratives != 0));
          lead(reach.resources, resource || next.resources != 0);
        }
      }
    }
  }
  return all;
}

const std::vector<Reach>& reach_table() {
  static const std::vector<Reach> table = make_reach();
  return table;
}

constexpr std::string_view kPersons[] = {"Patient", "Person", "RelatedPerson", "Practitioner",
                                         "PractitionerRole"};

}  // namespace

Closure::Closure(ClosureFacts all) : facts(std::move(all)), reach_(&reach_table()) {
  references_ = cuts_references() ? ~std::uint64_t{0} : 0;
  narratives_ = facts.cuts_narratives ? ~std::uint64_t{0} : 0;
  facts.types.resize(fhir::resource_types().size());
  base_urls_.assign(facts.base_urls.begin(), facts.base_urls.end());
  for (const TypeFacts& type : facts.types) {
    any_display = any_display || type.labels_hidden || type.person != Readable::kAlways;
    any_identifier = any_identifier || type.identifier_hidden || type.person != Readable::kAlways;
  }
}

bool Closure::is_person(TypeId type) const {
  const std::string_view name = fhir::type_name(type);
  for (const std::string_view person : kPersons) {
    if (name == person) {
      return true;
    }
  }
  return false;
}

bool Closure::is_bundle_part(TypeId type) {
  const BundleTypes& types = bundle_types();
  return type == fhir::well_known().bundle || type == types.entry || type == types.link ||
         type == types.request;
}

std::shared_ptr<const Closure> make_closure(ClosureFacts facts) {
  return std::make_shared<const Closure>(std::move(facts));
}

const ClosureFacts& facts_of(const Closure& closure) { return closure.facts; }

}  // namespace fhirwall::redact
