#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace fhirwall::wasm {

// What JavaScript holds instead of a pointer: the slot's index and how often the slot was used
// before. A freed handle, a forged one and one of another table's age find nothing. Zero is no
// handle.
//
//      31           16 15            0
//     |   generation  |  index + 1    |
using Handle = std::uint32_t;
inline constexpr Handle kNoHandle = 0;

// INVARIANT: a slot's generation only rises; a slot whose generations are used up is retired, so a
// handle value is never given out twice.
template <typename T>
class HandleTable {
 public:
  // kNoHandle when 65,535 values live at once or every generation is used up.
  [[nodiscard]] Handle add(T value) {
    if (free_.empty()) {
      if (slots_.size() >= kMaxSlots) {
        return kNoHandle;
      }
      free_.push_back(static_cast<std::uint16_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint16_t index = free_.back();
    free_.pop_back();
    Slot& slot = slots_[index];
    slot.value = std::move(value);
    slot.used = true;
    return (static_cast<Handle>(slot.generation) << 16) | (static_cast<Handle>(index) + 1);
  }

  [[nodiscard]] T* find(Handle handle) {
    Slot* slot = slot_of(handle);
    return slot == nullptr ? nullptr : &slot->value;
  }

  // False if there is no such handle.
  bool remove(Handle handle) {
    Slot* slot = slot_of(handle);
    if (slot == nullptr) {
      return false;
    }
    slot->value = T{};
    slot->used = false;
    if (slot->generation < std::numeric_limits<std::uint16_t>::max()) {
      ++slot->generation;
      free_.push_back(static_cast<std::uint16_t>((handle & 0xFFFF) - 1));
    }
    return true;
  }

  [[nodiscard]] std::size_t live() const {
    std::size_t count = 0;
    for (const Slot& slot : slots_) {
      count += slot.used ? 1 : 0;
    }
    return count;
  }

 private:
  static constexpr std::size_t kMaxSlots = 0xFFFF;

  struct Slot {
    T value{};
    std::uint16_t generation = 0;
    bool used = false;
  };

  [[nodiscard]] Slot* slot_of(Handle handle) {
    const std::size_t position = handle & 0xFFFF;
    if (position == 0 || position > slots_.size()) {
      return nullptr;
    }
    Slot& slot = slots_[position - 1];
    return slot.used && slot.generation == (handle >> 16) ? &slot : nullptr;
  }

  std::vector<Slot> slots_;
  std::vector<std::uint16_t> free_;
};

}  // namespace fhirwall::wasm
