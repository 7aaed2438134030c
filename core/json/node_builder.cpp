#include "core/json/node_builder.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/ascii.hpp"
#include "core/base/result.hpp"
#include "core/json/byte_scan.hpp"
#include "core/json/duplicate_keys.hpp"
#include "core/json/scalar.hpp"

namespace fhirwall::json {
namespace {

// Keys longer than this do not fit Node::key_length.
constexpr std::uint32_t kMaxKeyBytes = (1u << 24) - 1;

constexpr std::uint32_t bits(Kind kind) { return static_cast<std::uint32_t>(kind); }

// The structural index holds the offset of every `{ } [ ] : ,` outside strings and of the first
// byte of every other token; what is glued to a closing quote counts as a token of its own. So a
// token reaches from its offset to the last byte that is not white space in front of the next
// offset, and everything between two offsets is looked at by somebody:
//
//     { "a" : [ 1.5 , true ] }
//     ^ ^   ^ ^ ^   ^ ^    ^ ^
//
// NOTE: the index may also hold 0x0C and 0x1A as if they were structural; nothing here accepts
// them.
class Builder {
 public:
  Builder(std::string_view text, const std::uint32_t* structurals, std::uint32_t count,
          BuilderMemory& memory)
      : text_(text.data()),
        size_(static_cast<std::uint32_t>(text.size())),
        next_(structurals),
        stop_(structurals + count),
        memory_(memory) {}

  Error run(const Limits& limits);

 private:
  // Offset of the token's end: white space in front of the next token does not belong to it.
  [[nodiscard]] std::uint32_t token_end(std::uint32_t following) const {
    while (ascii::is_space(text_[following - 1])) {
      --following;
    }
    return following;
  }
  [[nodiscard]] bool has_backslash(std::uint32_t end) const { return backslash_ < end; }
  [[nodiscard]] Error escapes_until(std::uint32_t end);
  [[nodiscard]] Error scalar(Node& node, std::uint32_t at);
  [[nodiscard]] Error key(Node& node, OpenContainer& object, NodeIndex count);
  [[nodiscard]] Error escaped_key(Node& node, std::uint32_t begin, std::uint32_t end);
  [[nodiscard]] Error unexpected() const {
    return {ErrorCode::kInvalidJson, next_ == stop_ ? size_ : *next_};
  }

  const char* text_;
  std::uint32_t size_;
  const std::uint32_t* next_;  // the next offset of the structural index
  const std::uint32_t* stop_;
  std::uint32_t backslash_ = 0;  // first backslash not passed yet, or size_
  BuilderMemory& memory_;
};

// Validates the escapes in front of `end` and moves on to the first backslash behind it.
Error Builder::escapes_until(std::uint32_t end) {
  FHIRWALL_TRY(check_escapes(text_, backslash_, end));
  backslash_ = find_backslash(text_, end, size_);
  return {};
}

// Fills `node` with the scalar at `at`; its offset has been taken from the index.
inline Error Builder::scalar(Node& node, std::uint32_t at) {
  const std::uint32_t end = token_end(*next_);
  node.begin = at;
  node.end = end;
  switch (text_[at]) {
    case '"':
      node.kind_bits = bits(Kind::kString);
      if (end - at < 2 || text_[end - 1] != '"') {
        return {ErrorCode::kInvalidJson, at};
      }
      if (has_backslash(end)) {
        node.escaped = 1;
        return escapes_until(end);
      }
      return {};
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': node.kind_bits = bits(Kind::kNumber); return check_number(text_, at, end);
    case 't': node.kind_bits = bits(Kind::kTrue); return check_literal(text_, at, end);
    case 'f': node.kind_bits = bits(Kind::kFalse); return check_literal(text_, at, end);
    case 'n': node.kind_bits = bits(Kind::kNull); return check_literal(text_, at, end);
    default: return {ErrorCode::kInvalidJson, at};
  }
}

// Unescapes the key text_[begin, end) into the side buffer.
Error Builder::escaped_key(Node& node, std::uint32_t begin, std::uint32_t end) {
  FHIRWALL_TRY(escapes_until(end));
  const std::size_t used = memory_.side_size;
  if (!memory_.side.grow(used + (end - begin) + kPadding, used)) {
    return {ErrorCode::kOutOfMemory, begin};
  }
  const std::uint32_t length = unescape_to(text_, begin, end, memory_.side.data() + used);
  memory_.side_size += length;
  node.key = static_cast<std::uint32_t>(used);
  node.key_length = length & kMaxKeyBytes;
  node.key_escaped = 1;
  return {};
}

// Takes a key from the index into `node`, which has number `count`, and refuses it if `object` has
// it already.
inline Error Builder::key(Node& node, OpenContainer& object, NodeIndex count) {
  const std::uint32_t quote = *next_;
  if (text_[quote] != '"') {
    return {ErrorCode::kInvalidJson, quote};
  }
  ++next_;
  const std::uint32_t end = token_end(*next_);
  if (end - quote < 2 || text_[end - 1] != '"') {
    return {ErrorCode::kInvalidJson, quote};
  }
  const std::uint32_t begin = quote + 1;
  const std::uint32_t length = end - quote - 2;
  if (length > kMaxKeyBytes) {
    return {ErrorCode::kTooLarge, quote};
  }
  node.key = begin;
  node.key_length = length & kMaxKeyBytes;
  const char* key_text = text_ + begin;
  if (has_backslash(end)) {
    FHIRWALL_TRY(escaped_key(node, begin, end - 1));
    key_text = memory_.side.data() + node.key;
  }
  const std::uint64_t bit = key_bit(key_text, node.key_length);
  if ((object.seen_keys & bit) != 0 && object.members < kManyMembers &&
      has_earlier_twin({text_, memory_.side.data()}, memory_.nodes.data(), object.node, count)) {
    return {ErrorCode::kDuplicateKey, quote};
  }
  object.seen_keys |= bit;
  ++object.members;
  return {};
}

Error Builder::run(const Limits& limits) {
  // A closed value takes two offsets of the index for each node, an open container only one.
  const auto index_size = static_cast<std::size_t>(stop_ - next_);
  const std::size_t max_open = std::min<std::size_t>(limits.max_depth, index_size);
  const std::size_t max_nodes =
      std::min<std::size_t>(limits.max_nodes, index_size / 2 + max_open + 2);
  if (!memory_.nodes.reserve(max_nodes) || !memory_.open.reserve(max_open)) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  Node* const nodes = memory_.nodes.data();
  OpenContainer* const open = memory_.open.data();
  backslash_ = find_backslash(text_, 0, size_);

  std::size_t depth = 0;
  NodeIndex count = 0;
  OpenContainer top{};  // the innermost open container; open[depth - 1] once another is opened
  Node* node = nullptr;
  goto item;

value : {
  // INVARIANT: nodes[count] has been reset, and holds its key when the value is a member's.
  if (next_ == stop_) {
    return unexpected();
  }
  node = nodes + count;
  const std::uint32_t at = *next_++;
  const char c = text_[at];
  if (c == '{' || c == '[') {
    if (depth == max_open) {
      return {ErrorCode::kTooDeep, at};
    }
    node->begin = at;
    node->kind_bits = c == '{' ? bits(Kind::kObject) : bits(Kind::kArray);
    open[depth++] = top;
    top = {count, 0, 0};
    ++count;
    if (next_ == stop_) {
      return unexpected();
    }
    if (text_[*next_] == (c == '{' ? '}' : ']')) {
      goto close;
    }
    if (c == '{') {
      goto member;
    }
    goto item;
  }
  FHIRWALL_TRY(scalar(*node, at));
  ++count;
  node->next = count;
  goto after_value;
}

item:
  if (count == max_nodes) {
    return {ErrorCode::kTooManyNodes, next_ == stop_ ? size_ : *next_};
  }
  nodes[count] = Node{};
  goto value;

member:
  if (count == max_nodes) {
    return {ErrorCode::kTooManyNodes, next_ == stop_ ? size_ : *next_};
  }
  if (next_ == stop_) {
    return unexpected();
  }
  nodes[count] = Node{};
  FHIRWALL_TRY(key(nodes[count], top, count));
  if (next_ == stop_ || text_[*next_] != ':') {
    return unexpected();
  }
  ++next_;
  goto value;

close : {
  Node& container = nodes[top.node];
  container.end = *next_++ + 1;
  container.next = count;
  if (top.members > kManyMembers) {
    FHIRWALL_TRY(find_twins({text_, memory_.side.data()}, nodes, top.node, memory_.sorted));
  }
  top = open[--depth];
}

after_value:
  if (depth == 0) {
    if (next_ != stop_) {
      return {ErrorCode::kTrailingContent, *next_};
    }
    memory_.node_count = count;
    return {};
  }
  if (next_ == stop_) {
    return unexpected();
  }
  const bool in_object = nodes[top.node].kind() == Kind::kObject;
  const char c = text_[*next_];
  if (c == ',') {
    ++next_;
    if (in_object) {
      goto member;
    }
    goto item;
  }
  if (c == (in_object ? '}' : ']')) {
    goto close;
  }
  return unexpected();
}

}  // namespace

Error build_nodes(std::string_view text, const std::uint32_t* structurals, std::uint32_t count,
                  const Limits& limits, BuilderMemory& memory) {
  memory.side_size = 0;
  memory.node_count = 0;
  return Builder(text, structurals, count, memory).run(limits);
}

}  // namespace fhirwall::json
