#include "core/json/document.hpp"

#include <algorithm>
#include <cstring>

#include "core/json/scalar.hpp"

namespace fhirwall::json {

std::string_view Document::string(NodeIndex index, std::string& scratch) const {
  const std::string_view raw = raw_string(index);
  if (!nodes_[index].escaped) {
    return raw;
  }
  scratch.clear();
  unescape(raw, scratch);
  return scratch;
}

bool Document::string_is(NodeIndex index, std::string_view value) const {
  if (!is_string(index)) {
    return false;
  }
  const std::string_view raw = raw_string(index);
  if (!nodes_[index].escaped) {
    return raw == value;
  }
  return unescapes_to(raw.data(), 0, static_cast<std::uint32_t>(raw.size()), value);
}

NodeIndex Document::find(NodeIndex object, std::string_view key) const {
  if (object == kNoNode || !is_object(object)) {
    return kNoNode;
  }
  const NodeIndex end = nodes_[object].next;
  for (NodeIndex i = object + 1; i != end; i = nodes_[i].next) {
    const Node& node = nodes_[i];
    if (node.key_length == key.size() &&
        std::memcmp((node.key_escaped ? side_ : text_.data()) + node.key, key.data(), key.size()) ==
            0) {
      return i;
    }
  }
  return kNoNode;
}

std::size_t Document::side_bytes() const {
  std::size_t bytes = 0;
  for (NodeIndex i = 0; i < size_; ++i) {
    const Node& node = nodes_[i];
    if (node.key_escaped != 0) {
      bytes = std::max(bytes, std::size_t{node.key} + node.key_length);
    }
  }
  return bytes;
}

std::size_t Document::table_bytes() const { return size_ * sizeof(Node) + side_bytes(); }

Document Document::detach(char* memory) const {
  Document copy = *this;
  const std::size_t nodes = size_ * sizeof(Node);
  if (size_ != 0) {
    std::memcpy(memory, nodes_, nodes);
    copy.nodes_ = reinterpret_cast<const Node*>(memory);
  }
  const std::size_t side = side_bytes();
  if (side != 0) {
    std::memcpy(memory + nodes, side_, side);
  }
  copy.side_ = memory + nodes;
  return copy;
}

void unescape(std::string_view raw, std::string& out) {
  const std::size_t used = out.size();
  out.resize(used + raw.size());
  const std::uint32_t written =
      unescape_to(raw.data(), 0, static_cast<std::uint32_t>(raw.size()), out.data() + used);
  out.resize(used + written);
}

}  // namespace fhirwall::json
