#include "core/patch/editor.hpp"

#include <string>

#include "core/base/json_text.hpp"
#include "core/json/edit_list.hpp"

namespace fhirwall::patch {

using json::NodeIndex;

namespace {

// A patch of many operations on a large resource parses its text this often at most, counted in
// resources of the largest size (SPEC P8).
constexpr std::uint64_t kMaxPasses = 64;

NodeIndex last_child(const json::Document& document, NodeIndex container) {
  NodeIndex last = json::kNoNode;
  for (NodeIndex child = container + 1; child != document[container].next;
       child = document[child].next) {
    last = child;
  }
  return last;
}

}  // namespace

std::uint32_t child_count(const json::Document& document, NodeIndex container) {
  std::uint32_t count = 0;
  for (NodeIndex child = container + 1; child != document[container].next;
       child = document[child].next) {
    ++count;
  }
  return count;
}

NodeIndex child_at(const json::Document& document, NodeIndex container, std::uint32_t index) {
  for (NodeIndex child = container + 1; child != document[container].next;
       child = document[child].next) {
    if (index-- == 0) {
      return child;
    }
  }
  return json::kNoNode;
}

Editor::Editor(const Limits& limits)
    : limits_(limits), work_left_(kMaxPasses * limits.max_resource_bytes) {
  limits_.max_body_bytes = limits.max_resource_bytes;
}

bool Editor::load(std::string_view text) { return splice(0, 0, {text}); }

bool Editor::replace(NodeIndex node, std::string_view text) {
  const json::Node& old = document()[node];
  return splice(old.begin, old.end, {text});
}

bool Editor::remove(NodeIndex container, NodeIndex child) {
  json::EditList edits;
  json::MemberCutter cutter(document(), container, edits);
  for (NodeIndex at = container + 1; at != child; at = document()[at].next) {
    cutter.keep(at);
  }
  cutter.cut(child);
  const json::Cut cut = edits.cuts().front();  // one child leaves as one range
  return splice(cut.begin, cut.end, {});
}

bool Editor::insert(NodeIndex array, std::uint32_t index, std::string_view text) {
  const json::Document& now = document();
  if (const NodeIndex next = child_at(now, array, index); next != json::kNoNode) {
    return splice(now[next].begin, now[next].begin, {text, ","});
  }
  const NodeIndex last = last_child(now, array);
  if (last == json::kNoNode) {
    return splice(now[array].begin + 1, now[array].begin + 1, {text});
  }
  return splice(now[last].end, now[last].end, {",", text});
}

bool Editor::set_member(NodeIndex object, std::string_view key, std::string_view text) {
  const json::Document& now = document();
  if (const NodeIndex member = now.find(object, key); member != json::kNoNode) {
    return replace(member, text);
  }
  std::string quoted;
  append_json_string(quoted, key);
  const NodeIndex last = last_child(now, object);
  const bool first = last == json::kNoNode;
  const std::uint32_t at = first ? now[object].begin + 1 : now[last].end;
  return splice(at, at, {first ? "" : ",", quoted, ":", text});
}

bool Editor::copy(NodeIndex node, json::PaddedBuffer& out) {
  return out.append(document().raw(node)) || fail(ErrorCode::kOutOfMemory);
}

bool Editor::splice(std::uint32_t begin, std::uint32_t end,
                    std::initializer_list<std::string_view> parts) {
  if (error_) {
    return false;
  }
  const std::string_view text = current_.view();
  std::uint64_t size = text.size() - (end - begin);
  for (const std::string_view part : parts) {
    size += part.size();
  }
  if (size > limits_.max_resource_bytes || size > work_left_) {
    return fail(ErrorCode::kTooLarge);
  }
  work_left_ -= size;
  next_.clear();
  bool room = next_.append(text.substr(0, begin));
  for (const std::string_view part : parts) {
    room = room && next_.append(part);
  }
  if (!room || !next_.append(text.substr(end))) {
    return fail(ErrorCode::kOutOfMemory);
  }
  if (const Error error = parser_.parse(next_.view(), limits_)) {
    error_ = error;
    return false;
  }
  std::swap(current_, next_);
  return true;
}

bool Editor::fail(ErrorCode code) {
  error_.code = code;
  return false;
}

}  // namespace fhirwall::patch
