#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.hpp"

namespace fhirwall::patch {

// A JSON Pointer's reference tokens, unescaped (RFC 6901); none: the whole document.
using Pointer = std::vector<std::string>;

// False when `text` is no pointer: RFC 6901, 3.
[[nodiscard]] bool read_pointer(std::string_view text, Pointer& out);

// Where a pointer leads.
struct Spot {
  static constexpr std::uint32_t kNoIndex = 0xFFFFFFFFu;

  json::NodeIndex parent = json::kNoNode;  // the container; none for the root, or on no way to it
  json::NodeIndex node = json::kNoNode;    // the value itself, if it is there
  // In an array: the position, also the one behind its last item, which `-` means; kNoIndex for
  // what is no position (RFC 6901, 4: `01`, `x`) or lies farther behind.
  std::uint32_t index = kNoIndex;
  // The member names on the way, positions left out; also where the way ends early. What looks like
  // a position is a name in an object only.
  // LIFETIME: views of the pointer.
  std::vector<std::string_view> keys;
};
[[nodiscard]] Spot find_spot(const json::Document& document, const Pointer& pointer);

}  // namespace fhirwall::patch
