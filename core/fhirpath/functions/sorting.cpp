// sort([key [asc | desc], ...]) of FHIRPath 3.0.
#include <algorithm>

#include "core/fhirpath/machine.hpp"

namespace fhirwall::fhirpath {
namespace {

// Orders the input's positions by their keys, which lie on the stack from `keys` on, `width` for
// each item, kNode for an empty one. Merging compares n log n times whatever the answers are: they
// need not be consistent.
struct Sorter {
  Machine& machine;
  const Call& call;
  std::size_t keys;
  std::size_t width;

  // The comparison is that of the operator `<`: same types, same errors. Empty sorts before all.
  bool less(const Item& a, const Item& b, bool& is) {
    const bool a_empty = a.form == Item::Form::kNode;
    const bool b_empty = b.form == Item::Form::kNode;
    if (a_empty || b_empty) {
      is = a_empty && !b_empty;
      return true;
    }
    Instruction op = call.op;
    op.function = static_cast<std::uint8_t>(Operator::kLess);
    const std::size_t base = machine.size();
    machine.push(a);
    machine.push(b);
    if (!operator_handler(Operator::kLess)(machine,
                                           Operands{op, {base, base + 1}, {base + 1, base + 2}})) {
      return false;
    }
    if (machine.size() == base) {  // dates of different precision, units of different dimension
      return machine.fail_expected(call, "keys that can be compared");
    }
    is = machine[base].boolean();
    machine.resize(base);
    return true;
  }

  // Does the item at `b` go before the one at `a`, which came first?
  bool before(std::uint32_t b, std::uint32_t a, bool& is) {
    is = false;
    for (std::size_t k = 0; k < width; ++k) {
      const bool descending = ((call.op.c >> k) & 1U) != 0;
      const Item first = machine[keys + a * width + k];
      const Item second = machine[keys + b * width + k];
      bool decided = false;
      if (!machine.spend() || !(descending ? less(first, second, is) : less(second, first, is)) ||
          (!is && k + 1 < width &&
           !(descending ? less(second, first, decided) : less(first, second, decided)))) {
        return false;
      }
      if (is || decided) {
        return true;
      }
    }
    return true;
  }

  bool sort(std::vector<std::uint32_t>& order) {
    std::vector<std::uint32_t> merged(order.size());
    for (std::size_t run = 1; run < order.size(); run *= 2) {
      for (std::size_t begin = 0; begin < order.size(); begin += 2 * run) {
        std::size_t a = begin;
        const std::size_t middle = std::min(begin + run, order.size());
        std::size_t b = middle;
        const std::size_t end = std::min(begin + 2 * run, order.size());
        for (std::size_t out = begin; out < end; ++out) {
          bool take_second = a == middle;
          if (a < middle && b < end && !before(order[b], order[a], take_second)) {
            return false;
          }
          merged[out] = order[take_second ? b++ : a++];
        }
      }
      order.swap(merged);
    }
    return true;
  }
};

// Pushes the keys of one item: the values of the arguments, or its own.
bool push_keys(Machine& machine, const Call& call, const Item& item, std::int64_t index) {
  const Focus focus = call.focus.on(item, index);
  for (std::size_t k = 0; k < std::max<std::size_t>(call.argument_count(), 1); ++k) {
    Range key{machine.size(), machine.size() + 1};
    if (call.argument_count() == 0) {
      machine.push(item);
    } else if (!machine.apply(call, k, focus, key)) {
      return false;
    }
    Item value;
    const One one = machine.one(key, call.op.offset, "sort", value);
    if (one == One::kFailed) {
      return false;
    }
    if (one == One::kEmpty || (value.is_node() && value.node == json::kNoNode)) {
      value = {};
    } else if (!value.is_system()) {
      return machine.fail_expected(call, "keys that can be compared");
    }
    machine.resize(key.begin);
    machine.push(value);
  }
  return true;
}

}  // namespace

bool sort_input(Machine& machine, const Call& call) {
  const std::size_t count = call.input.size();
  Sorter sorter{machine, call, call.input.end, std::max<std::size_t>(call.argument_count(), 1)};
  std::vector<std::uint32_t> order(count);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = static_cast<std::uint32_t>(i);
    const Item item = machine[call.input.begin + i];
    if (!push_keys(machine, call, item, static_cast<std::int64_t>(i))) {
      return false;
    }
  }
  if (!sorter.sort(order)) {
    return false;
  }
  machine.resize(call.input.end);
  for (const std::uint32_t position : order) {
    const Item item = machine[call.input.begin + position];
    machine.push(item);
  }
  return machine.leave_from(call.input, call.input.end);
}

}  // namespace fhirwall::fhirpath
