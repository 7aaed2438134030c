#include "core/patch/pointer.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/patch/editor.hpp"

namespace fhirwall::patch {

using json::NodeIndex;

namespace {

bool looks_like_position(std::string_view token) {
  return token == "-" || (!token.empty() && std::all_of(token.begin(), token.end(),
                                                        [](char c) { return ascii::is_digit(c); }));
}

// RFC 6901, 4: `0`, or digits without a zero in front.
std::uint32_t read_index(std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token.front() == '0')) {
    return Spot::kNoIndex;
  }
  std::uint32_t index = 0;
  for (const char c : token) {
    index = index * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return index;
}

}  // namespace

bool read_pointer(std::string_view text, Pointer& out) {
  out.clear();
  if (!text.empty() && text.front() != '/') {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      out.emplace_back();
      continue;
    }
    char c = text[i];
    if (c == '~') {
      ++i;
      if (i == text.size() || (text[i] != '0' && text[i] != '1')) {
        return false;
      }
      c = text[i] == '0' ? '~' : '/';
    }
    out.back() += c;
  }
  return true;
}

Spot find_spot(const json::Document& document, const Pointer& pointer) {
  Spot spot;
  spot.node = 0;
  for (const std::string& token : pointer) {
    const NodeIndex at = spot.node;
    spot.parent = at;
    spot.node = json::kNoNode;
    spot.index = Spot::kNoIndex;
    const bool position = looks_like_position(token);
    if (at != json::kNoNode && document.is_object(at)) {
      spot.node = document.find(at, token);
      spot.keys.push_back(token);
      continue;
    }
    if (!position) {
      spot.keys.push_back(token);
    } else if (at != json::kNoNode && document.is_array(at)) {
      const std::uint32_t count = child_count(document, at);
      const std::uint32_t index = token == "-" ? count : read_index(token);
      if (index <= count) {
        spot.index = index;
        spot.node = child_at(document, at, index);
      }
    }
  }
  return spot;
}

}  // namespace fhirwall::patch
