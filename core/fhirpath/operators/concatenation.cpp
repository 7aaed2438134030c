// & (FHIRPath N1, 6.6.7).
#include <cstring>

#include "core/fhirpath/operations.hpp"

namespace fhirwall::fhirpath {

bool concatenate(Machine& machine, std::string_view a, std::string_view b, Item& result) {
  const std::size_t size = a.size() + b.size();
  if (size == 0 || b.empty() || a.empty()) {
    result = Item::of_text(b.empty() ? a : b);
    return true;
  }
  char* memory = machine.spend(size / 64) ? machine.allocate(size) : nullptr;
  if (memory == nullptr) {
    return false;
  }
  std::memcpy(memory, a.data(), a.size());
  std::memcpy(memory + a.size(), b.data(), b.size());
  result = Item::of_text({memory, size});
  return true;
}

// Strings one behind the other; nothing is the empty string.
bool apply_concatenation(Machine& machine, const Operands& operands) {
  const Range all{operands.left.begin, operands.right.end};
  std::string_view texts[2];
  const Range ranges[2] = {operands.left, operands.right};
  for (int i = 0; i < 2; ++i) {
    Item value;
    const One one = machine.one(ranges[i], operands.op.offset, "&", value);
    if (one == One::kFailed) {
      return false;
    }
    if (one == One::kValue) {
      if (value.form != Item::Form::kString) {
        return machine.fail(ErrorCode::kTypeMismatch, operands.op.offset, "`&` expects Strings");
      }
      texts[i] = value.text();
    }
  }
  Item result;
  return concatenate(machine, texts[0], texts[1], result) && machine.leave(all, result);
}

}  // namespace fhirwall::fhirpath
