#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter/names.hpp"
#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"

namespace fhirwall::filter {

// The name under which a reference and an entry meet: `Type/id` where the text names one, without a
// version; otherwise the text itself, to be compared with a `fullUrl`.
[[nodiscard]] std::string link_name(std::string_view reference);

// The names of an entry: `Type/id` of its resource, and its `fullUrl`.
void entry_names(const json::Document& document, json::NodeIndex resource, json::NodeIndex full_url,
                 std::vector<std::string>& names);

// The names that the resource last marked by `redactor` refers to with what is left of it.
void kept_references(const json::Document& document, const redact::Redactor& redactor,
                     std::vector<std::string>& names);

// SPEC 8.2: an include is released only if visible elements link it to a released entry: one that
// refers to it (`_include`), or one that it refers to (`_revinclude`), over any number of steps.
// Linear in the number of references.
class LinkGraph {
 public:
  // Wipes the names (SPEC P7).
  void clear();
  // Entries are numbered from 0 in the order of these calls. `released`: needs no link.
  void add(bool released, const std::vector<std::string>& names,
           const std::vector<std::string>& references);
  void settle();
  [[nodiscard]] bool released(std::uint32_t entry) const { return entries_[entry].released; }

 private:
  struct Entry {
    bool released = false;
    std::vector<std::uint32_t> names;
    std::vector<std::uint32_t> references;
  };
  struct Links {
    std::vector<std::uint32_t> carriers;   // entries of this name
    std::vector<std::uint32_t> referrers;  // entries that refer to it
  };
  std::uint32_t intern(std::string_view name);

  Names names_;
  std::vector<Links> links_;  // of each name
  std::vector<Entry> entries_;
};

}  // namespace fhirwall::filter
