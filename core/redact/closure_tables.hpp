#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/redact/closure_facts.hpp"
#include "core/redact/key_set.hpp"

namespace fhirwall::redact {

// The keys of a type that lead to something that closure can cut, but not by way of an extension,
// which every element can have.
struct Reach {
  KeySet references;
  KeySet deep_references;  // of those the ones that lead on, and are no References
  KeySet narratives;
  KeySet resources;
};

class Closure {
 public:
  explicit Closure(ClosureFacts all);
  Closure(const Closure&) = delete;
  Closure& operator=(const Closure&) = delete;

  [[nodiscard]] bool cuts_references() const { return facts.cuts_displays || facts.cuts_contained; }
  [[nodiscard]] bool cuts_anything() const {
    return cuts_references() || facts.cuts_narratives || facts.filters_bundles;
  }
  // The keys of an object of the type below which there can be something to cut. A
  // Bundle's own parts have all keys where they are looked at (SPEC 8.2).
  [[nodiscard]] KeySet keys_of(fhir::TypeId type) const {
    return keys_[static_cast<std::size_t>(type)];
  }
  // Of those keys the ones that stand for References only.
  [[nodiscard]] KeySet reference_keys_of(fhir::TypeId type) const {
    return reference_keys_[static_cast<std::size_t>(type)];
  }
  // Of the keys of an extension below which there can be something to cut, and of their siblings: a
  // bit for each length.
  [[nodiscard]] std::uint64_t extension_lengths() const { return extension_lengths_; }
  [[nodiscard]] bool leads_in_extension(std::string_view key) const {
    return extension_keys_.may_have(KeySet::of(key)) && is_leading_extension_key(key);
  }

  // Of a resource type: can the caller not be shown to read whom a Reference names, when nothing
  // but the type is known?
  [[nodiscard]] bool unreadable(fhir::TypeId type) const {
    return of(type).person != Readable::kAlways;
  }
  [[nodiscard]] std::span<const std::string_view> base_urls() const { return base_urls_; }
  [[nodiscard]] bool is_person(fhir::TypeId type) const;
  [[nodiscard]] const TypeFacts& of(fhir::TypeId type) const {
    return facts.types[fhir::resource_index(type)];
  }

  ClosureFacts facts;
  // What goes of a Reference that may name any type.
  bool any_display = false;
  bool any_identifier = false;

 private:
  [[nodiscard]] static bool is_bundle_part(fhir::TypeId type);

  [[nodiscard]] bool is_leading_extension_key(std::string_view key) const;

  std::vector<KeySet> keys_;            // by TypeId
  std::vector<KeySet> reference_keys_;  // by TypeId
  KeySet extension_keys_;
  std::uint64_t extension_lengths_ = 0;
  std::vector<std::string_view> base_urls_;  // of the facts
};

}  // namespace fhirwall::redact
