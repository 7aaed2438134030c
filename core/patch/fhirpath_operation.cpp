#include "core/patch/fhirpath_operation.hpp"

#include <string_view>

namespace fhirwall::patch {

using json::Document;
using json::NodeIndex;

namespace {

// Positions are below this: no list is longer.
constexpr std::uint32_t kNoPosition = 0xFFFFFFFFu;

// The parts of one operation, by name; each comes once, and there are no others.
struct Parts {
  NodeIndex type = json::kNoNode;
  NodeIndex path = json::kNoNode;
  NodeIndex name = json::kNoNode;
  NodeIndex value = json::kNoNode;
  NodeIndex index = json::kNoNode;
  NodeIndex source = json::kNoNode;
  NodeIndex destination = json::kNoNode;
};

bool read_parts(const Document& patch, NodeIndex parameter, Parts& out) {
  struct Slot {
    std::string_view name;
    NodeIndex* node;
  };
  const Slot slots[] = {{"type", &out.type},
                        {"path", &out.path},
                        {"name", &out.name},
                        {"value", &out.value},
                        {"index", &out.index},
                        {"source", &out.source},
                        {"destination", &out.destination}};
  const NodeIndex name = patch.find(parameter, "name");
  const NodeIndex list = patch.find(parameter, "part");
  if (name == json::kNoNode || !patch.string_is(name, "operation") || list == json::kNoNode ||
      !patch.is_array(list)) {
    return false;
  }
  for (NodeIndex part = list + 1; part != patch[list].next; part = patch[part].next) {
    const NodeIndex part_name = patch.find(part, "name");
    bool known = false;
    for (const Slot& slot : slots) {
      if (part_name != json::kNoNode && patch.string_is(part_name, slot.name)) {
        known = *slot.node == json::kNoNode;
        *slot.node = part;
      }
    }
    if (!known) {
      return false;
    }
  }
  return true;
}

bool read_text(const Document& patch, NodeIndex part, std::string& out) {
  // A code is written as valueString by many clients.
  for (const std::string_view key : {"valueString", "valueCode"}) {
    const NodeIndex value = patch.find(part, key);
    if (value != json::kNoNode && patch.is_string(value)) {
      std::string scratch;
      out = patch.string(value, scratch);
      return !out.empty();
    }
  }
  return false;
}

bool read_position(const Document& patch, NodeIndex part, std::uint32_t& out) {
  const NodeIndex value = patch.find(part, "valueInteger");
  if (value == json::kNoNode || patch.kind(value) != json::Kind::kNumber) {
    return false;
  }
  std::uint64_t position = 0;
  for (const char c : patch.raw(value)) {
    if (c < '0' || c > '9' || position >= kNoPosition) {
      return false;
    }
    position = position * 10 + static_cast<std::uint64_t>(c - '0');
  }
  out = position < kNoPosition ? static_cast<std::uint32_t>(position) : kNoPosition;
  return true;
}

}  // namespace

bool read_operation(const Document& patch, NodeIndex parameter, FhirPathOperation& out) {
  Parts parts;
  std::string type;
  if (!read_parts(patch, parameter, parts) || !read_text(patch, parts.type, type) ||
      !read_text(patch, parts.path, out.path)) {
    return false;
  }
  if (parts.value != json::kNoNode && !read_value(patch, parts.value, out.value.emplace())) {
    return false;
  }
  if (type == "delete") {
    out.type = OperationType::kDelete;
    return true;
  }
  if (type == "move") {
    out.type = OperationType::kMove;
    return read_position(patch, parts.source, out.index) &&
           read_position(patch, parts.destination, out.destination);
  }
  out.type = type == "add"      ? OperationType::kAdd
             : type == "insert" ? OperationType::kInsert
                                : OperationType::kReplace;
  return out.value.has_value() &&
         (out.type != OperationType::kAdd || read_text(patch, parts.name, out.name)) &&
         (out.type != OperationType::kInsert || read_position(patch, parts.index, out.index)) &&
         (out.type != OperationType::kReplace || type == "replace");
}

}  // namespace fhirwall::patch
