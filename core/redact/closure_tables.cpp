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

std::string key_of(const Element& element, TypeId type) {
  std::string key(element.name);
  if (element.choice) {
    const std::string_view name = fhir::type_name(type);
    key += ascii::to_upper(name.front());
    key += name.substr(1);
  }
  return key;
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
          const KeySet key = KeySet::of(key_of(*element, type));
          const bool resource = is_resource(type);
          const auto lead = [&](KeySet& keys, bool leads) {
            if (leads && (keys | key) != keys) {
              keys |= key;
              grown = true;
            }
          };
          lead(reach.references,
               type == known.reference || (!resource && !next.references.empty()));
          lead(reach.deep_references,
               type != known.reference && !resource && !next.references.empty());
          lead(reach.narratives,
               type == known.narrative || (!resource && !next.narratives.empty()));
          lead(reach.resources, resource || !next.resources.empty());
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

Closure::Closure(ClosureFacts all) : facts(std::move(all)) {
  for (const Reach& reach : reach_table()) {
    const TypeId type{static_cast<std::uint16_t>(keys_.size())};
    const KeySet others = reach.deep_references | reach.narratives | reach.resources;
    reference_keys_.push_back(cuts_references() ? reach.references.without(others) : KeySet());
    keys_.push_back(facts.filters_bundles && is_bundle_part(type)
                        ? KeySet::all()
                        : reach.resources | (cuts_references() ? reach.references : KeySet()) |
                              (facts.cuts_narratives ? reach.narratives : KeySet()));
  }
  for (const Element* element : fhir::elements(fhir::well_known().extension)) {
    for (const TypeId type : element->types) {
      std::string sibling(1, '_');
      sibling += key_of(*element, type);
      for (const std::string_view key :
           {std::string_view(sibling).substr(1), std::string_view(sibling)}) {
        if (is_leading_extension_key(key)) {
          extension_keys_ |= KeySet::of(key);
          extension_lengths_ |= std::uint64_t{1} << (key.size() & 63);
        }
      }
    }
  }
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

bool Closure::is_leading_extension_key(std::string_view key) const {
  if (key.starts_with('_')) {
    key.remove_prefix(1);  // what cannot have a sibling may go
  }
  const fhir::WellKnown& known = fhir::well_known();
  const TypeId type = fhir::find_child(known.extension, key).type;
  // An extension inside has such a key itself.
  return type == known.reference || (type != known.extension && !keys_of(type).empty());
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
