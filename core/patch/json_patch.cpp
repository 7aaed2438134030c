#include <algorithm>
#include <string>
#include <vector>

#include "core/patch/equal.hpp"
#include "core/patch/formats.hpp"
#include "core/patch/pointer.hpp"

// JSON Patch, RFC 6902.
namespace fhirwall::patch {

using json::Document;
using json::NodeIndex;

namespace {

enum class Op : std::uint8_t { kAdd, kRemove, kReplace, kMove, kCopy, kTest };

struct Operation {
  Op op = Op::kTest;
  Pointer path;
  Pointer from;                     // move and copy
  NodeIndex value = json::kNoNode;  // add, replace and test
};

bool read_pointer_member(const Document& patch, NodeIndex object, std::string_view key,
                         Pointer& out) {
  const NodeIndex node = patch.find(object, key);
  std::string scratch;
  return node != json::kNoNode && patch.is_string(node) &&
         read_pointer(patch.string(node, scratch), out);
}

// RFC 6902, 4: each operation has one `op`, a `path`, and what that operation needs; other members
// are ignored.
bool read_operation(const Document& patch, NodeIndex node, Operation& out) {
  constexpr std::string_view kNames[] = {"add", "remove", "replace", "move", "copy", "test"};
  const NodeIndex op = patch.find(node, "op");
  if (op == json::kNoNode) {
    return false;
  }
  const auto* const name =
      std::find_if(std::begin(kNames), std::end(kNames),
                   [&](std::string_view candidate) { return patch.string_is(op, candidate); });
  if (name == std::end(kNames) || !read_pointer_member(patch, node, "path", out.path)) {
    return false;
  }
  out.op = static_cast<Op>(name - std::begin(kNames));
  if (out.op == Op::kMove || out.op == Op::kCopy) {
    return read_pointer_member(patch, node, "from", out.from);
  }
  out.value = patch.find(node, "value");
  return out.op == Op::kRemove || out.value != json::kNoNode;
}

// RFC 6902, 4.1. `text` stays where it is during the change.
Refusal add(Editor& editor, const Pointer& path, std::string_view text) {
  const Document& now = editor.document();
  const Spot spot = find_spot(now, path);
  bool done = false;
  const bool in_object = spot.parent != json::kNoNode && now.is_object(spot.parent);
  const bool in_array =
      spot.parent != json::kNoNode && now.is_array(spot.parent) && spot.index != Spot::kNoIndex;
  if (path.empty()) {
    done = editor.replace(0, text);
  } else if (in_object) {
    done = editor.set_member(spot.parent, path.back(), text);
  } else if (in_array) {
    done = editor.insert(spot.parent, spot.index, text);
  } else {
    return Refusal::kNotFound;
  }
  (void)done;  // the editor keeps its error
  return Refusal::kNone;
}

// RFC 6902, 4.4: `from` may not be a proper prefix of `path`.
Refusal move(Editor& editor, const Operation& operation, const Spot& from,
             const IsProtected& is_protected) {
  if (operation.from == operation.path) {
    return Refusal::kNone;
  }
  if (operation.from.size() < operation.path.size() &&
      std::equal(operation.from.begin(), operation.from.end(), operation.path.begin())) {
    return Refusal::kMalformed;
  }
  if (operation.from.empty()) {
    return Refusal::kResultWrong;
  }
  json::PaddedBuffer value;
  if (!editor.copy(from.node, value) || !editor.remove(from.parent, from.node)) {
    return Refusal::kNone;
  }
  // Positions behind the removed item have another one now: asked again.
  return is_protected(find_spot(editor.document(), operation.path).keys)
             ? Refusal::kProtected
             : add(editor, operation.path, value.view());
}

Refusal run(const Document& patch, const Operation& operation, const IsProtected& is_protected,
            Editor& editor) {
  const Document& now = editor.document();
  const bool two = operation.op == Op::kMove || operation.op == Op::kCopy;
  const Spot spot = find_spot(now, operation.path);
  const Spot from = find_spot(now, operation.from);
  // SPEC 9.6: asked before anything is said about what is there.
  if (is_protected(spot.keys) || (two && is_protected(from.keys))) {
    return Refusal::kProtected;
  }
  const bool needs_target = operation.op != Op::kAdd && !two;
  if ((needs_target && spot.node == json::kNoNode) || (two && from.node == json::kNoNode)) {
    return Refusal::kNotFound;
  }
  bool done = false;
  switch (operation.op) {
    case Op::kAdd: return add(editor, operation.path, patch.raw(operation.value));
    case Op::kCopy: return add(editor, operation.path, now.raw(from.node));
    case Op::kMove: return move(editor, operation, from, is_protected);
    case Op::kReplace: done = editor.replace(spot.node, patch.raw(operation.value)); break;
    case Op::kRemove:
      if (operation.path.empty()) {
        return Refusal::kResultWrong;
      }
      done = editor.remove(spot.parent, spot.node);
      break;
    case Op::kTest:
      done = same_value(now, spot.node, patch, operation.value);
      return done ? Refusal::kNone : Refusal::kTestFailed;
  }
  (void)done;  // the editor keeps its error
  return Refusal::kNone;
}

}  // namespace

Refusal apply_json_patch(const Document& patch, const IsProtected& is_protected, Editor& editor,
                         std::uint32_t& operation) {
  if (patch.size() == 0 || !patch.is_array(0)) {
    return Refusal::kMalformed;
  }
  std::vector<Operation> operations;
  for (NodeIndex node = 1; node != patch[0].next; node = patch[node].next) {
    if (!read_operation(patch, node, operations.emplace_back())) {
      return Refusal::kMalformed;
    }
    ++operation;
  }
  const std::string type(resource_type_of(editor.document()));
  operation = 0;
  for (const Operation& one : operations) {
    const Refusal refusal = run(patch, one, is_protected, editor);
    if (refusal != Refusal::kNone || editor.error()) {
      return refusal;
    }
    if (resource_type_of(editor.document()) != type) {
      return Refusal::kResultWrong;
    }
    ++operation;
  }
  return Refusal::kNone;
}

}  // namespace fhirwall::patch
