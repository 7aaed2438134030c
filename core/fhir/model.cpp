#include "core/fhir/model.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/ascii.hpp"
#include "core/fhir/tables.hpp"

namespace fhirwall::fhir {
namespace {

constexpr std::uint32_t to_index(TypeId type) { return static_cast<std::uint32_t>(type); }

const tables::TypeRow& row_of(TypeId type) { return tables::kTypeRows[to_index(type)]; }

bool is_known(TypeId type) { return to_index(type) < tables::kTypeCount; }

std::span<const Element> own_elements(TypeId type) {
  const std::uint32_t begin = row_of(type).own_begin;
  const std::uint32_t next = to_index(type) + 1;
  const std::uint32_t end =
      next < tables::kTypeCount ? tables::kTypeRows[next].own_begin : tables::kElementCount;
  return {tables::kElements.data() + begin, end - begin};
}

template <typename Word>
bool same_word(const char* a, const char* b) {
  Word x;
  Word y;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return x == y;
}

// memcmp for short texts, without a call: overlapping words instead of a byte loop.
bool same_bytes(const char* a, const char* b, std::size_t size) {
  if (size >= 8) {
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      if (!same_word<std::uint64_t>(a + i, b + i)) {
        return false;
      }
    }
    return same_word<std::uint64_t>(a + size - 8, b + size - 8);
  }
  if (size >= 4) {
    return same_word<std::uint32_t>(a, b) && same_word<std::uint32_t>(a + size - 4, b + size - 4);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) {
      return false;
    }
  }
  return true;
}

const Element* find_own(TypeId type, std::string_view name, std::uint32_t hash) {
  const tables::TypeRow& row = row_of(type);
  for (std::uint32_t at = hash & row.slot_mask;; at = (at + 1) & row.slot_mask) {
    const std::uint8_t slot = tables::kSlots[row.slots + at];
    if (slot == 0) {
      return nullptr;
    }
    const Element& element = tables::kElements[row.own_begin + slot - 1U];
    if (element.name.size() == name.size() &&
        same_bytes(element.name.data(), name.data(), name.size())) {
      return &element;
    }
  }
}

// A type without a dot by its name; `capitalised` accepts `String` for `string`, as choice keys
// write it, and then only that.
TypeId find_plain_type(std::string_view name, bool capitalised) {
  if (name.empty()) {
    return TypeId::kNone;
  }
  // The slots are those of the names with a capital letter in front.
  constexpr std::uint32_t kMask = tables::kNameSlotCount - 1;
  for (std::uint32_t at = tables::name_hash(name, ascii::to_upper(name[0])) & kMask;;
       at = (at + 1) & kMask) {
    const TypeId type{tables::kNameSlots[at]};
    if (type == TypeId::kNone) {
      return TypeId::kNone;
    }
    const std::string_view known = type_name(type);
    if (known.size() == name.size() &&
        same_bytes(known.data() + 1, name.data() + 1, name.size() - 1) &&
        (capitalised ? ascii::to_upper(known[0]) : known[0]) == name[0]) {
      return type;
    }
  }
}

TypeId find_backbone(std::string_view name) {
  std::uint32_t low = tables::kResourceEnd;
  std::uint32_t high = tables::kBackboneEnd;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = type_name(TypeId{static_cast<std::uint16_t>(middle)}).compare(name);
    if (order == 0) {
      return TypeId{static_cast<std::uint16_t>(middle)};
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return TypeId::kNone;
}

bool has_type(const Element& element, TypeId type) {
  return std::binary_search(element.types.begin(), element.types.end(), type);
}

// `base` plus a capital letter.
bool extends_base(std::string_view key, std::string_view base) {
  return key.size() > base.size() && ascii::is_upper(key[base.size()]) &&
         same_bytes(key.data(), base.data(), base.size());
}

// `valueQuantity` among the choice elements that the type itself declares.
Child find_own_choice(TypeId type, std::string_view key) {
  const tables::TypeRow& row = row_of(type);
  for (std::uint32_t i = 0; i < row.choice_count; ++i) {
    const Element& choice = tables::kElements[row.own_begin + tables::kChoices[row.choices + i]];
    if (extends_base(key, choice.name)) {
      const TypeId concrete = find_plain_type(key.substr(choice.name.size()), true);
      if (concrete != TypeId::kNone && has_type(choice, concrete)) {
        return {&choice, concrete, false};
      }
    }
  }
  return {};
}

// The key without leading `_`.
Child find_named(TypeId type, std::string_view name) {
  const std::uint32_t hash = tables::name_hash(name);
  for (TypeId at = type; at != TypeId::kNone; at = TypeId{row_of(at).base}) {
    if (const Element* element = find_own(at, name, hash)) {
      // FHIR JSON never writes the bare base name of a choice.
      return element->choice ? Child{} : Child{element, element->types[0], false};
    }
    if (const Child child = find_own_choice(at, name); child.element != nullptr) {
      return child;
    }
  }
  return {};
}

}  // namespace

std::string_view type_name(TypeId type) {
  if (!is_known(type)) {
    return {};
  }
  return {row_of(type).name, row_of(type).name_size};
}

TypeKind type_kind(TypeId type) {
  const std::uint32_t index = to_index(type);
  if (index < tables::kAbstractEnd) {
    return TypeKind::kAbstract;
  }
  if (index < tables::kPrimitiveEnd) {
    return TypeKind::kPrimitive;
  }
  if (index < tables::kComplexEnd) {
    return TypeKind::kComplex;
  }
  return index < tables::kResourceEnd ? TypeKind::kResource : TypeKind::kBackbone;
}

TypeId base_type(TypeId type) { return is_known(type) ? TypeId{row_of(type).base} : TypeId::kNone; }

bool is_a(TypeId type, TypeId ancestor) {
  for (TypeId at = type; at != TypeId::kNone; at = base_type(at)) {
    if (at == ancestor) {
      return true;
    }
  }
  return false;
}

TypeId find_type(std::string_view name) {
  return name.find('.') == std::string_view::npos ? find_plain_type(name, false)
                                                  : find_backbone(name);
}

TypeId find_resource_type(std::string_view name) {
  const TypeId type = find_plain_type(name, false);
  return type != TypeId::kNone && type_kind(type) == TypeKind::kResource ? type : TypeId::kNone;
}

std::span<const TypeId> resource_types() {
  return {tables::kTypeRuns + tables::kResourceBegin, tables::kResourceCount};
}

std::uint32_t resource_index(TypeId resource_type) {
  return to_index(resource_type) - tables::kResourceBegin;
}

std::span<const TypeId> reference_targets(const Element& element) {
  const std::uint8_t list = tables::kElementTargets[element_index(element)];
  const std::uint16_t begin = tables::kTargetBegins[list];
  return {tables::kTargets + begin, std::size_t{tables::kTargetBegins[list + 1U]} - begin};
}

const Element* find_element(TypeId type, std::string_view name) {
  if (!is_known(type)) {
    return nullptr;
  }
  const std::uint32_t hash = tables::name_hash(name);
  for (TypeId at = type; at != TypeId::kNone; at = TypeId{row_of(at).base}) {
    if (const Element* element = find_own(at, name, hash)) {
      return element;
    }
  }
  return nullptr;
}

std::uint16_t element_index(const Element& element) {
  return static_cast<std::uint16_t>(&element - tables::kElements.data());
}

ElementList elements(TypeId type) {
  ElementList list;
  std::array<TypeId, ElementList::kMaxRuns> chain{};
  std::size_t depth = 0;
  for (TypeId at = type; is_known(at) && at != TypeId::kNone && depth < chain.size();
       at = base_type(at)) {
    chain[depth++] = at;
  }
  while (depth != 0) {
    list.append(own_elements(chain[--depth]));
  }
  return list;
}

Child find_child(TypeId type, std::string_view key) {
  if (!is_known(type) || key.empty()) {
    return {};
  }
  if (key.front() != '_') {
    return find_named(type, key);
  }
  Child child = find_named(type, key.substr(1));
  // Only primitive values have a sibling; a resource's `resourceType`, first of Resource, has none.
  if (child.element == nullptr || type_kind(child.type) != TypeKind::kPrimitive ||
      child.element == own_elements(well_known().resource).data()) {
    return {};
  }
  child.sibling = true;
  return child;
}

bool is_choice_key(const Element& choice, std::string_view key, TypeId type) {
  if (!choice.choice) {
    return false;
  }
  if (!key.empty() && key.front() == '_') {
    key.remove_prefix(1);
  }
  if (!extends_base(key, choice.name)) {
    return false;
  }
  const Child known = find_child(type, key);
  return known.element == nullptr || known.element == &choice;
}

const WellKnown& well_known() { return tables::kWellKnown; }

}  // namespace fhirwall::fhir
