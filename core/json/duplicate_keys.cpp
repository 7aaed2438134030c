#include "core/json/duplicate_keys.hpp"

#include <algorithm>
#include <cstddef>

namespace fhirwall::json {
namespace {

// Any total order will do; lengths first, since they are at hand.
int compare(KeyTexts keys, const Node& a, const Node& b) {
  if (a.key_length != b.key_length) {
    return a.key_length < b.key_length ? -1 : 1;
  }
  return std::memcmp(keys(a), keys(b), a.key_length);
}

// Offset of the opening quote of the key in front of a member's value.
std::uint64_t key_quote(const char* text, const Node& node) {
  if (!node.key_escaped) {
    return node.key - 1;
  }
  // Backwards over `" :`, then to the first quote that no odd run of backslashes escapes.
  std::uint32_t at = node.begin - 1;
  while (text[at] != '"') {
    --at;
  }
  for (;;) {
    --at;
    if (text[at] != '"') {
      continue;
    }
    std::uint32_t backslashes = 0;
    while (text[at - 1 - backslashes] == '\\') {
      ++backslashes;
    }
    if (backslashes % 2 == 0) {
      return at;
    }
  }
}

}  // namespace

bool has_earlier_twin(KeyTexts keys, const Node* nodes, NodeIndex object, NodeIndex end,
                      std::string_view key) {
  for (NodeIndex i = object + 1; i != end; i = nodes[i].next) {
    if (nodes[i].key_length == key.size() &&
        std::memcmp(keys(nodes[i]), key.data(), key.size()) == 0) {
      return true;
    }
  }
  return false;
}

Error find_twins(KeyTexts keys, const Node* nodes, NodeIndex object, Memory<NodeIndex>& sorted) {
  std::size_t count = 0;
  for (NodeIndex i = object + 1; i != nodes[object].next; i = nodes[i].next) {
    ++count;
  }
  if (!sorted.reserve(count)) {
    return {ErrorCode::kOutOfMemory, nodes[object].begin};
  }
  NodeIndex* const first = sorted.data();
  NodeIndex* last = first;
  for (NodeIndex i = object + 1; i != nodes[object].next; i = nodes[i].next) {
    *last++ = i;
  }
  const auto by_key = [&](NodeIndex a, NodeIndex b) {
    const int order = compare(keys, nodes[a], nodes[b]);
    return order != 0 ? order < 0 : a < b;
  };
  // A heap sort is a fifth of the code of std::sort, and few objects have so many members.
  std::make_heap(first, last, by_key);
  std::sort_heap(first, last, by_key);
  NodeIndex twin = kNoNode;
  for (NodeIndex* i = first; i + 1 < last; ++i) {
    if (compare(keys, nodes[i[0]], nodes[i[1]]) == 0) {
      twin = std::min(twin, i[1]);
    }
  }
  if (twin == kNoNode) {
    return {};
  }
  return {ErrorCode::kDuplicateKey, key_quote(keys.text, nodes[twin])};
}

}  // namespace fhirwall::json
