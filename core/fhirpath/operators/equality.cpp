// = != ~ !~ (FHIRPath N1, 6.1), and what functions need of them.
#include "core/fhirpath/equality.hpp"

#include <algorithm>
#include <utility>

#include "core/fhirpath/operators/deep.hpp"
#include "core/fhirpath/operators/text_equivalence.hpp"
#include "core/fhirpath/quantity.hpp"

namespace fhirwall::fhirpath {

using Form = Item::Form;
using json::kNoNode;

namespace {

// How much more than a comparison of bytes it takes to resolve escapes, and to fold letters.
constexpr std::uint64_t kEscapeCost = 4;
constexpr std::uint64_t kFoldCost = 8;

bool is_search(const Machine& machine) { return machine.program().dialect == Dialect::kSearch; }

bool is_string_node(const Machine& machine, const Item& item) {
  return item.is_node() && item.node != kNoNode && machine.document(item).is_string(item.node);
}

bool is_object_node(const Machine& machine, const Item& item) {
  return item.is_node() && item.node != kNoNode && machine.document(item).is_object(item.node);
}

// A type whose values are Strings, plain JSON included.
bool is_text_type(fhir::TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  return type != known.date && type != known.date_time && type != known.instant &&
         type != known.time;
}

// Two System values; other types are not equal.
std::optional<bool> equal_values(const Item& a, const Item& b) {
  if (a.is_temporal() && b.is_temporal()) {
    if ((a.form == Form::kTime) != (b.form == Form::kTime)) {
      return false;
    }
    const auto order = fhir::compare(a.temporal(), b.temporal());
    return order ? std::optional(*order == 0) : std::nullopt;
  }
  if (a.form == Form::kQuantity || b.form == Form::kQuantity) {
    const auto x = quantity_from(a);
    const auto y = quantity_from(b);
    if (!x || !y) {
      return false;
    }
    const auto order = compare_quantities(*x, *y);
    return order ? std::optional(*order == 0) : std::nullopt;
  }
  if (a.is_number() && b.is_number()) {
    if (a.form != Form::kDecimal && b.form != Form::kDecimal) {
      return a.integer() == b.integer();
    }
    return fhir::compare(quantity_from(a)->value, quantity_from(b)->value) == 0;
  }
  if (a.form != b.form) {
    return false;
  }
  return a.form == Form::kString ? a.text() == b.text() : a.integer() == b.integer();
}

bool equivalent_values(const Item& a, const Item& b) {
  if (a.is_temporal() && b.is_temporal()) {
    return (a.form == Form::kTime) == (b.form == Form::kTime) &&
           fhir::equivalent(a.temporal(), b.temporal());
  }
  if (a.form == Form::kQuantity || b.form == Form::kQuantity) {
    const auto x = quantity_from(a);
    const auto y = quantity_from(b);
    return x && y && equivalent_quantities(*x, *y);
  }
  if (a.is_number() && b.is_number()) {
    return fhir::equivalent(quantity_from(a)->value, quantity_from(b)->value);
  }
  if (a.form == Form::kString && b.form == Form::kString) {
    return equivalent_texts(a.text(), b.text());
  }
  return equal_values(a, b) == true;
}

// Bytes to look at. Escapes are resolved one by one.
std::uint64_t cost_of_text(const Machine& machine, const Item& item) {
  if (!item.is_node()) {
    return item.text_size;
  }
  const json::Node& node = machine.document(item)[item.node];
  return std::uint64_t{node.end - node.begin} * (node.escaped != 0 ? kEscapeCost : 1U);
}

// Text against text, nothing copied. Nullopt when it is something else.
std::optional<bool> equal_texts(Machine& machine, const Item& a, const Item& b) {
  const bool left = is_string_node(machine, a) && is_text_type(a.type);
  const bool right = is_string_node(machine, b) && is_text_type(b.type);
  if ((left || a.form == Form::kString) && (right || b.form == Form::kString)) {
    machine.charge_bytes(cost_of_text(machine, a) + cost_of_text(machine, b));
  }
  if (left && b.form == Form::kString) {
    return machine.document(a).string_is(a.node, b.text());
  }
  if (right && a.form == Form::kString) {
    return machine.document(b).string_is(b.node, a.text());
  }
  if (!left || !right) {
    return std::nullopt;
  }
  const json::Document& data = machine.document(a);
  if (!data[a.node].escaped) {
    return machine.document(b).string_is(b.node, data.raw_string(a.node));
  }
  const std::string_view text = data.string(a.node, machine.scratch().text);
  return machine.document(b).string_is(b.node, text);
}

// The `_name` objects beside two primitives.
bool equal_siblings(Machine& machine, const Item& a, const Item& b, std::optional<bool>& equal) {
  if (a.sibling == kNoNode || b.sibling == kNoNode) {
    equal = a.sibling == b.sibling;
    return true;
  }
  return DeepComparison(machine, a, b, false)
      .run(a.sibling, b.sibling, fhir::well_known().element, equal);
}

// Two items of which at least one has no System value.
bool compare_unread(Machine& machine, const Item& a, const Item& b, bool equivalence,
                    std::optional<bool>& equal) {
  if (a.form == Form::kTypeInfo && b.form == Form::kTypeInfo) {
    equal = a.type == b.type && a.integer() == b.integer();
    return true;
  }
  if (a.is_node() && b.is_node()) {
    if (a.node == kNoNode || b.node == kNoNode) {
      equal = a.node == b.node;
      return equal == false || equivalence || equal_siblings(machine, a, b, equal);
    }
    return DeepComparison(machine, a, b, equivalence).run(a.node, b.node, a.type, equal);
  }
  const Item& node = a.is_node() ? a : b;
  const Item& other = a.is_node() ? b : a;
  if (is_object_node(machine, node)) {
    equal = false;
    if (fhir::is_a(node.type, fhir::well_known().quantity) && quantity_from(other)) {
      // What the quantity is, is not known: not even that it is another.
      equal = std::nullopt;
      if (machine.document(node).find(node.node, "comparator") != kNoNode) {
        return machine.fail(ErrorCode::kTypeMismatch, 0,
                            "a Quantity with a comparator has no value to compare");
      }
    }
    return true;
  }
  equal = std::nullopt;  // no value, or one that its type does not allow
  return true;
}

}  // namespace

bool equal_items(Machine& machine, const Item& a, const Item& b, std::optional<bool>& equal) {
  const bool search = is_search(machine);
  if (const auto texts = equal_texts(machine, a, b)) {
    equal = texts;
    return equal == false || search || !a.is_node() || !b.is_node() ||
           equal_siblings(machine, a, b, equal);
  }
  Held a_held;
  Held b_held;
  Item left;
  Item right;
  if (!machine.value_of(a, a_held, left) || !machine.value_of(b, b_held, right)) {
    return false;
  }
  if (left.is_system() && right.is_system()) {
    equal = equal_values(left, right);
    // A primitive is its value with its id and extensions. (A Quantity's own are not looked at.)
    const bool primitives = a.is_node() && b.is_node() && !is_object_node(machine, a);
    if (equal != true || search || !primitives) {
      return true;
    }
    return equal_siblings(machine, a, b, equal);
  }
  if (search) {
    machine.note_malformed();
    equal = std::nullopt;
    return true;
  }
  return compare_unread(machine, a, b, false, equal);
}

bool equivalent_items(Machine& machine, const Item& a, const Item& b, bool& equivalent) {
  Held a_held;
  Held b_held;
  Item left;
  Item right;
  if (!machine.value_of(a, a_held, left) || !machine.value_of(b, b_held, right)) {
    return false;
  }
  if (left.is_system() && right.is_system()) {
    if (left.form == Form::kString && right.form == Form::kString) {
      machine.charge_bytes(kFoldCost * std::min(left.text_size, right.text_size));
    }
    equivalent = equivalent_values(left, right);
    return true;
  }
  std::optional<bool> equal;
  const bool ok = compare_unread(machine, a, b, true, equal);
  equivalent = equal == true;
  return ok;
}

bool range_contains(Machine& machine, Range range, const Item& item, bool& found) {
  found = false;
  for (std::size_t i = range.begin; i < range.end && !found; ++i) {
    std::optional<bool> equal;
    if (!machine.spend() || !equal_items(machine, machine[i], item, equal)) {
      return false;
    }
    found = equal == true;
  }
  return true;
}

namespace {

// In order: false if any pair is, else unknown if any pair is.
bool equal_ranges(Machine& machine, Range a, Range b, std::optional<bool>& equal) {
  equal = a.size() == b.size();
  for (std::size_t i = 0; i < a.size() && equal != false; ++i) {
    std::optional<bool> part;
    if (!machine.spend() ||
        !equal_items(machine, machine[a.begin + i], machine[b.begin + i], part)) {
      return false;
    }
    if (part != true) {
      equal = part == false ? part : std::nullopt;
    }
  }
  return true;
}

// In any order: each left item takes the first equivalent right one that is still there.
bool equivalent_ranges(Machine& machine, Range a, Range b, bool& equivalent) {
  equivalent = a.size() == b.size();
  for (std::size_t i = a.begin; i < a.end && equivalent; ++i) {
    equivalent = false;
    for (std::size_t j = b.begin; j < b.end && !equivalent; ++j) {
      if (!machine.spend() || !equivalent_items(machine, machine[i], machine[j], equivalent)) {
        return false;
      }
      if (equivalent) {
        std::swap(machine[j], machine[b.begin++]);
      }
    }
  }
  return true;
}

}  // namespace

bool apply_equality(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  const auto op = static_cast<Operator>(operands.op.function);
  const bool negated = op == Operator::kNotEqual || op == Operator::kNotEquivalent;
  std::optional<bool> result;
  if (op == Operator::kEquivalent || op == Operator::kNotEquivalent) {
    bool equivalent = false;
    if (!equivalent_ranges(machine, operands.left, operands.right, equivalent)) {
      return false;
    }
    result = equivalent;
  } else if (!operands.left.empty() && !operands.right.empty() &&
             !equal_ranges(machine, operands.left, operands.right, result)) {
    return false;
  }
  if (result && negated) {
    result = !*result;
  }
  return machine.leave(all, result);
}

}  // namespace fhirwall::fhirpath
