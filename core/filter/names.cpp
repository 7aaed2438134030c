#include "core/filter/names.hpp"

#include "core/base/wipe.hpp"

namespace fhirwall::filter {
namespace {

// FNV-1a.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 0x811C9DC5u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  }
  return hash;
}

}  // namespace

std::size_t Names::slot_of(std::string_view text, std::uint32_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].end != 0 && (slots_[at].hash != hash || texts_[slots_[at].end - 1] != text)) {
    at = (at + 1) & mask;
  }
  return at;
}

void Names::grow() {
  std::vector<Slot> old(slots_.empty() ? 64 : 2 * slots_.size());
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.end != 0) {
      std::size_t at = slot.hash & mask;
      while (slots_[at].end != 0) {
        at = (at + 1) & mask;
      }
      slots_[at] = slot;
    }
  }
}

std::uint32_t Names::add(std::string_view text) {
  if (2 * texts_.size() >= slots_.size()) {
    grow();
  }
  const std::uint32_t hash = hash_of(text);
  Slot& slot = slots_[slot_of(text, hash)];
  if (slot.end == 0) {
    texts_.emplace_back(text);
    slot = {hash, static_cast<std::uint32_t>(texts_.size())};
  }
  return slot.end - 1;
}

bool Names::holds(std::string_view text) const {
  return !slots_.empty() && slots_[slot_of(text, hash_of(text))].end != 0;
}

void Names::clear() {
  for (std::string& text : texts_) {
    wipe_memory(text.data(), text.size());
  }
  texts_.clear();
  slots_.clear();
}

}  // namespace fhirwall::filter
