#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {

// The items that distinct(), repeat(), union() and their like have seen, by `=` (FHIRPath N1, 5.1
// and 5.3): found by a hash of what `=` compares, so that a large collection costs its size and not
// its square. An unknown equality is none, but a node is always itself.
class ItemSet {
 public:
  explicit ItemSet(Machine& machine) : machine_(machine) {}

  [[nodiscard]] bool contains(const Item& item, bool& found);
  // Adds the item unless an equal one is in; `fresh` says whether it was added.
  [[nodiscard]] bool insert(const Item& item, bool& fresh);
  [[nodiscard]] bool insert_all(Range range);

 private:
  struct Entry {
    Item item;
    std::uint32_t hash = 0;
    std::uint32_t next = 0;  // in the same bucket, as position + 1; 0: none
    bool wild = false;
  };
  // A hash that is the same for equal items. `wild`: there is none, the item may equal any other.
  [[nodiscard]] bool hash_of(const Item& item, std::uint32_t& hash, bool& wild);
  [[nodiscard]] bool hash_of_object(const json::Document& data, json::NodeIndex object, int levels,
                                    std::uint32_t& hash);
  [[nodiscard]] bool look_for(const Item& item, std::uint32_t hash, bool wild, bool& found);
  [[nodiscard]] bool same(const Entry& entry, const Item& item, bool& found);
  [[nodiscard]] bool add(const Item& item, std::uint32_t hash, bool wild);
  void link(std::uint32_t position);
  [[nodiscard]] bool build();

  Machine& machine_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;  // position + 1; empty while there are few entries
  std::vector<std::uint32_t> wild_;     // positions
};

}  // namespace fhirwall::fhirpath
