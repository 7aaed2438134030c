#include "core/fhirpath/functions/texts.hpp"

#include <new>

namespace fhirwall::fhirpath {

One read_text(Machine& machine, const Call& call, std::size_t index, std::string_view& text) {
  Range range;
  if (!machine.argument(call, index, range)) {
    return One::kFailed;
  }
  const One one = machine.one_text(range, call, text);
  if (one != One::kFailed) {
    machine.resize(range.begin);
  }
  return one;
}

One read_texts(Machine& machine, const Call& call, std::string_view& input,
               std::initializer_list<std::string_view*> arguments) {
  One one = machine.one_text(call.input, call, input);
  std::size_t index = 0;
  for (std::string_view* text : arguments) {
    if (one == One::kValue) {
      one = read_text(machine, call, index++, *text);
    }
  }
  return one;
}

namespace {

// A shorter needle costs few comparisons at each place, in the worst case too.
constexpr std::size_t kLongNeedle = 16;

}  // namespace

bool Finder::prepare(Machine& machine, std::string_view needle) {
  needle_ = needle;
  if (needle.size() < kLongNeedle) {
    return true;
  }
  if (!spend_bytes(machine, needle.size())) {
    return false;
  }
  char* memory = machine.allocate(needle.size() * sizeof(std::uint32_t));
  if (memory == nullptr) {
    return false;
  }
  auto* borders = new (memory) std::uint32_t[needle.size()];
  borders[0] = 0;
  std::uint32_t border = 0;
  for (std::size_t i = 1; i < needle.size(); ++i) {
    while (border > 0 && needle[i] != needle[border]) {
      border = borders[border - 1];
    }
    border += needle[i] == needle[border] ? 1u : 0u;
    borders[i] = border;
  }
  borders_ = {borders, needle.size()};
  return true;
}

std::size_t Finder::scan(std::string_view text, std::size_t from, bool last) const {
  if (borders_.empty()) {
    return last ? text.rfind(needle_) : text.find(needle_, from);
  }
  std::size_t found = std::string_view::npos;
  std::uint32_t matched = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    while (matched > 0 && text[i] != needle_[matched]) {
      matched = borders_[matched - 1];
    }
    matched += text[i] == needle_[matched] ? 1u : 0u;
    if (matched == needle_.size()) {
      found = i + 1 - needle_.size();
      if (!last) {
        break;
      }
      matched = borders_[matched - 1];
    }
  }
  return found;
}

}  // namespace fhirwall::fhirpath
