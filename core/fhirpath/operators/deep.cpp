#include "core/fhirpath/operators/deep.hpp"

#include <cstring>
#include <string>

#include "core/fhirpath/operators/text_equivalence.hpp"

namespace fhirwall::fhirpath {

using json::Document;
using json::Kind;
using json::kNoNode;
using json::NodeIndex;

namespace {

// How much more than a comparison of bytes it takes to resolve escapes or to fold letters.
constexpr std::uint64_t kTextCost = 4;

// One false makes the whole false, else one unknown makes it unknown.
void join(std::optional<bool> part, std::optional<bool>& whole) {
  if (part == false) {
    whole = false;
  } else if (!part && whole == true) {
    whole = std::nullopt;
  }
}

bool is_sibling(std::string_view key) { return key.starts_with('_'); }

std::size_t count_children(Machine& machine, const Document& document, NodeIndex parent,
                           bool siblings) {
  std::size_t count = 0;
  std::size_t passed = 0;
  for (NodeIndex i = Document::first_child(parent), end = document[parent].next; i != end;
       i = document[i].next) {
    count += siblings || !is_sibling(document.key(i)) ? 1U : 0U;
    ++passed;
  }
  machine.charge_members(passed);
  return count;
}

std::optional<fhir::Temporal> temporal_from(std::string_view text, fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  if (type == known.date) {
    return fhir::parse_date_value(text);
  }
  if (type == known.date_time || type == known.instant) {
    return fhir::parse_datetime_value(text);
  }
  return type == known.time ? fhir::parse_time_value(text) : std::nullopt;
}

}  // namespace

bool DeepComparison::run(NodeIndex a, NodeIndex b, fhir::TypeId type, std::optional<bool>& equal) {
  if (!machine_.spend()) {
    return false;
  }
  equal = true;
  if (a_.kind(a) != b_.kind(b)) {
    equal = false;
    return true;
  }
  switch (a_.kind(a)) {
    case Kind::kObject: return objects(a, b, type, equal);
    case Kind::kArray: return arrays(a, b, type, equal);
    case Kind::kString: strings(a, b, type, equal); break;
    case Kind::kNumber: numbers(a, b, equal); break;
    case Kind::kTrue:
    case Kind::kFalse:
    case Kind::kNull: break;
  }
  return true;
}

bool DeepComparison::objects(NodeIndex a, NodeIndex b, fhir::TypeId type,
                             std::optional<bool>& equal) {
  const bool siblings = !equivalence_;
  const std::size_t count = count_children(machine_, b_, b, siblings);
  if (count_children(machine_, a_, a, siblings) != count) {
    equal = false;
    return true;
  }
  if (type != fhir::TypeId::kNone && fhir::is_a(type, fhir::well_known().resource)) {
    const NodeIndex name = machine_.find(a_, a, "resourceType");
    if (name != kNoNode && a_.is_string(name)) {
      std::string scratch;
      type = fhir::find_resource_type(a_.string(name, scratch));
    }
  }
  const NodeIndex a_end = a_[a].next;
  const NodeIndex b_end = b_[b].next;
  NodeIndex next = Document::first_child(b);  // keys mostly stand in the same order
  for (NodeIndex i = Document::first_child(a); i != a_end; i = a_[i].next) {
    const std::string_view key = a_.key(i);
    if (!siblings && is_sibling(key)) {
      continue;
    }
    NodeIndex other = next;
    if (next == b_end || b_.key(next) != key) {
      if (!machine_.spend(count)) {
        return false;
      }
      other = b_.find(b, key);
      if (other == kNoNode) {
        equal = false;  // as many other keys, no key twice
        return true;
      }
    }
    next = b_[other].next;
    fhir::TypeId child_type = fhir::TypeId::kNone;
    if (type != fhir::TypeId::kNone) {
      const fhir::Child child = fhir::find_child(type, key);
      child_type = child.sibling ? fhir::well_known().element : child.type;
    }
    std::optional<bool> part;
    if (!run(i, other, child_type, part)) {
      return false;
    }
    join(part, equal);
    if (equal == false) {
      return true;
    }
  }
  return true;
}

bool DeepComparison::arrays(NodeIndex a, NodeIndex b, fhir::TypeId type,
                            std::optional<bool>& equal) {
  const std::size_t count = count_children(machine_, b_, b, true);
  if (!machine_.spend(count)) {
    return false;
  }
  if (count_children(machine_, a_, a, true) != count) {
    equal = false;
    return true;
  }
  if (equivalence_) {
    return any_order(a, b, type, count, equal);
  }
  NodeIndex j = Document::first_child(b);
  for (NodeIndex i = Document::first_child(a), end = a_[a].next; i != end;
       i = a_[i].next, j = b_[j].next) {
    std::optional<bool> part;
    if (!run(i, j, type, part)) {
      return false;
    }
    join(part, equal);
    if (equal == false) {
      return true;
    }
  }
  return true;
}

// Each item of `a` takes the first equivalent one of `b` that is still there.
bool DeepComparison::any_order(NodeIndex a, NodeIndex b, fhir::TypeId type, std::size_t count,
                               std::optional<bool>& equal) {
  char* taken = count == 0 ? nullptr : machine_.allocate(count);
  if (count != 0 && taken == nullptr) {
    return false;
  }
  if (count != 0) {
    std::memset(taken, 0, count);
  }
  for (NodeIndex i = Document::first_child(a), end = a_[a].next; i != end; i = a_[i].next) {
    std::optional<bool> part = false;
    std::size_t position = 0;
    for (NodeIndex j = Document::first_child(b); position < count; j = b_[j].next, ++position) {
      if (taken[position] != 0) {
        continue;
      }
      if (!run(i, j, type, part)) {
        return false;
      }
      if (part == true) {
        taken[position] = 1;
        break;
      }
    }
    if (position == count) {
      equal = false;
      return true;
    }
  }
  return true;
}

void DeepComparison::strings(NodeIndex a, NodeIndex b, fhir::TypeId type,
                             std::optional<bool>& equal) {
  const std::size_t bytes = a_.raw(a).size() + b_.raw(b).size();
  machine_.charge_bytes(equivalence_ || a_[a].escaped || b_[b].escaped ? kTextCost * bytes : bytes);
  if (!a_[a].escaped && !b_[b].escaped && a_.raw(a) == b_.raw(b)) {
    return;
  }
  std::string a_scratch;
  std::string b_scratch;
  const std::string_view x = a_.string(a, a_scratch);
  const std::string_view y = b_.string(b, b_scratch);
  if (x == y) {
    return;
  }
  if (type != fhir::TypeId::kNone) {
    const auto left = temporal_from(x, type);
    const auto right = temporal_from(y, type);
    if (left && right && equivalence_) {
      equal = fhir::equivalent(*left, *right);
      return;
    }
    if (left && right) {
      const auto order = fhir::compare(*left, *right);
      equal = order ? std::optional(*order == 0) : std::nullopt;
      return;
    }
  }
  equal = equivalence_ && equivalent_texts(x, y);
}

void DeepComparison::numbers(NodeIndex a, NodeIndex b, std::optional<bool>& equal) {
  machine_.charge_bytes(a_.raw(a).size() + b_.raw(b).size());
  if (a_.raw(a) == b_.raw(b)) {
    return;
  }
  const auto x = fhir::parse_decimal(a_.raw(a));
  const auto y = fhir::parse_decimal(b_.raw(b));
  if (!x || !y) {
    equal = equivalence_ ? std::optional(false) : std::nullopt;  // more digits than a Decimal has
    return;
  }
  equal = equivalence_ ? fhir::equivalent(*x, *y) : fhir::compare(*x, *y) == 0;
}

}  // namespace fhirwall::fhirpath
