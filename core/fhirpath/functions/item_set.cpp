#include "core/fhirpath/functions/item_set.hpp"

#include "core/base/ascii.hpp"
#include "core/fhirpath/equality.hpp"

namespace fhirwall::fhirpath {
namespace {

using Form = Item::Form;
using json::kNoNode;
using json::NodeIndex;

// Up to here every entry is compared: most collections of real resources are that short.
constexpr std::size_t kFew = 8;
// Objects are hashed so many levels deep: those of a tree are told apart, and none costs its size.
constexpr int kLevels = 3;
// How much more than a comparison of bytes it takes to hash them.
constexpr std::uint64_t kHashCost = 4;
constexpr std::uint32_t kBasis = 2166136261U;
constexpr std::uint32_t kPrime = 16777619U;

std::uint32_t mix(std::uint32_t hash, std::uint64_t value) {
  hash = (hash ^ static_cast<std::uint32_t>(value)) * kPrime;
  return (hash ^ static_cast<std::uint32_t>(value >> 32)) * kPrime;
}

std::uint32_t hash_text(std::string_view text) {
  std::uint32_t hash = kBasis;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

// Equal values have the same precision; a DateTime before the hour equals the Date that is written
// like it. Times of day are aligned to UTC, which may change the day: it does not count.
std::uint32_t hash_temporal(const fhir::Temporal& value) {
  if (value.precision < fhir::Temporal::Precision::kHour) {
    return mix(mix(mix(kBasis, static_cast<std::uint64_t>(value.year)), value.month), value.day);
  }
  constexpr int kDay = 24 * 60;
  const int minute = value.hour * 60 + value.minute - value.zone.value_or(0);
  return mix(kBasis, static_cast<std::uint64_t>((minute + 2 * kDay) % kDay));
}

// Text that a date or time may be written as. Different text can be the same one.
bool may_be_temporal(std::string_view text) {
  text.remove_prefix(text.starts_with('T') ? 1 : 0);
  std::size_t digits = 0;
  while (digits < text.size() && ascii::is_digit(text[digits])) {
    ++digits;
  }
  const char next = digits < text.size() ? text[digits] : '\0';
  return (digits == 4 && (next == '\0' || next == '-' || next == 'T')) ||
         (digits == 2 && (next == '\0' || next == ':'));
}

}  // namespace

// The names of the elements and the text among their values, `levels` deep; not what `=` reads in
// more than one way (numbers, dates), nor what stands in arrays. Types do not count: an element may
// equal plain JSON.
bool ItemSet::hash_of_object(const json::Document& data, NodeIndex object, int levels,
                             std::uint32_t& hash) {
  for (NodeIndex i = json::Document::first_child(object), end = data[object].next; i != end;
       i = data[i].next) {
    if (!machine_.spend()) {
      return false;
    }
    const std::string_view key = data.key(i);
    if (key.starts_with('_')) {
      continue;
    }
    std::uint32_t member = hash_text(key);
    if (data.is_string(i)) {
      machine_.charge_bytes(kHashCost * data.raw(i).size());
      const std::string_view text = data.string(i, machine_.scratch().text);
      if (!may_be_temporal(text)) {
        member = mix(member, hash_text(text));
      }
    } else if (levels > 1 && data.is_object(i) && !hash_of_object(data, i, levels - 1, member)) {
      return false;
    }
    hash += member * kPrime;  // in any order
  }
  return true;
}

bool ItemSet::hash_of(const Item& item, std::uint32_t& hash, bool& wild) {
  Held held;
  Item value;
  if (!machine_.spend() || !machine_.value_of(item, held, value)) {
    return false;
  }
  hash = mix(kBasis, static_cast<std::uint64_t>(value.form));
  wild = false;
  switch (value.form) {
    case Form::kNode:
      // Without a readable value, whether it can be compared at all is for `=` to say.
      wild = fhir::is_a(value.type, fhir::well_known().quantity);
      if (value.node != kNoNode && machine_.document(value).is_object(value.node)) {
        return hash_of_object(machine_.document(value), value.node, kLevels, hash);
      }
      return true;
    case Form::kStub:
    case Form::kTypeInfo: hash = mix(hash, static_cast<std::uint64_t>(value.type)); return true;
    case Form::kBoolean: hash = mix(hash, value.boolean() ? 1 : 0); return true;
    case Form::kInteger:
    case Form::kLong: hash = mix(kBasis, static_cast<std::uint64_t>(value.integer())); return true;
    case Form::kDecimal: {
      const auto whole = fhir::to_int64(fhir::truncate(value.decimal()));
      hash = whole ? mix(kBasis, static_cast<std::uint64_t>(*whole)) : kBasis;
      return true;
    }
    case Form::kTypeName:
    case Form::kString:
      hash = hash_text(value.text());
      return machine_.spend(value.text().size() / 64);
    case Form::kDate:
    case Form::kDateTime:
    case Form::kTime: hash = hash_temporal(value.temporal()); return true;
    case Form::kQuantity: wild = true; return true;  // 4 'g' = 4000 'mg', and 1 '1' = 1
  }
  return true;
}

bool ItemSet::same(const Entry& entry, const Item& item, bool& found) {
  if (item.is_node() && entry.item.is_node() && item.document == entry.item.document &&
      item.node == entry.item.node && item.sibling == entry.item.sibling) {
    found = true;
    return true;
  }
  std::optional<bool> equal;
  if (!machine_.spend() || !equal_items(machine_, entry.item, item, equal)) {
    return false;
  }
  found = equal == true;
  return true;
}

bool ItemSet::look_for(const Item& item, std::uint32_t hash, bool wild, bool& found) {
  found = false;
  if (buckets_.empty() || wild) {
    // Its like first: where it is a duplicate, that is mostly of one.
    for (std::size_t i = 0; i < wild_.size() && !found; ++i) {
      if (!same(entries_[wild_[i]], item, found)) {
        return false;
      }
    }
    for (std::size_t i = 0; i < entries_.size() && !found; ++i) {
      if (!same(entries_[i], item, found)) {
        return false;
      }
    }
    return true;
  }
  for (std::uint32_t at = buckets_[hash & (buckets_.size() - 1)]; at != 0 && !found;
       at = entries_[at - 1].next) {
    if (entries_[at - 1].hash == hash && !same(entries_[at - 1], item, found)) {
      return false;
    }
  }
  for (std::size_t i = 0; i < wild_.size() && !found; ++i) {
    if (!same(entries_[wild_[i]], item, found)) {
      return false;
    }
  }
  return true;
}

bool ItemSet::contains(const Item& item, bool& found) {
  std::uint32_t hash = 0;
  bool wild = false;
  if (!buckets_.empty() && !hash_of(item, hash, wild)) {
    return false;
  }
  return look_for(item, hash, wild, found);
}

bool ItemSet::insert(const Item& item, bool& fresh) {
  std::uint32_t hash = 0;
  bool wild = false;
  bool found = false;
  if ((!buckets_.empty() && !hash_of(item, hash, wild)) || !look_for(item, hash, wild, found)) {
    return false;
  }
  fresh = !found;
  return found || add(item, hash, wild);
}

bool ItemSet::insert_all(Range range) {
  bool fresh = false;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const Item item = machine_[i];
    if (!insert(item, fresh)) {
      return false;
    }
  }
  return true;
}

bool ItemSet::add(const Item& item, std::uint32_t hash, bool wild) {
  entries_.push_back({item, hash, 0, wild});
  if (!buckets_.empty()) {
    link(static_cast<std::uint32_t>(entries_.size() - 1));
  }
  return entries_.size() <= kFew || entries_.size() <= buckets_.size() || build();
}

void ItemSet::link(std::uint32_t position) {
  Entry& entry = entries_[position];
  if (entry.wild) {
    wild_.push_back(position);
    return;
  }
  std::uint32_t& bucket = buckets_[entry.hash & (buckets_.size() - 1)];
  entry.next = bucket;
  bucket = position + 1;
}

// Distributes all entries over four times as many buckets.
bool ItemSet::build() {
  const bool hashed = !buckets_.empty();
  buckets_.assign(hashed ? buckets_.size() * 4 : kFew * 4, 0);
  wild_.clear();
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (!hashed && !hash_of(entry.item, entry.hash, entry.wild)) {
      return false;
    }
    link(i);
  }
  return true;
}

bool remove_duplicates(Machine& machine, Range range) {
  if (range.size() < 2) {
    return true;
  }
  ItemSet seen(machine);
  std::size_t kept = range.begin;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const Item item = machine[i];
    bool fresh = false;
    if (!seen.insert(item, fresh)) {
      return false;
    }
    if (fresh) {
      machine[kept++] = item;
    }
  }
  machine.resize(kept);
  return true;
}

}  // namespace fhirwall::fhirpath
