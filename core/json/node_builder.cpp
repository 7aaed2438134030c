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

// Appends the unescaped key text[begin, end) to the side buffer. False when there is no memory.
bool unescape_key(const char* text, std::uint32_t begin, std::uint32_t end, BuilderMemory& memory) {
  const std::size_t used = memory.side_size;
  if (!memory.side.grow(used + (end - begin) + kPadding, used)) {
    return false;
  }
  memory.side_size += unescape_to(text, begin, end, memory.side.data() + used);
  return true;
}

[[gnu::noinline]] void note_key(const char* key_text, NodeIndex node, BuilderMemory& memory) {
  const std::uint64_t first = first_bytes(key_text);
  if (first == memory.noted_keys[0] || first == memory.noted_keys[1]) {
    memory.noted_end = node + 1;
  }
}

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
// NOTE: all of this class is inlined into build_nodes(), and nothing that is not gets a pointer to
// it; only so do its members live in registers.
class Builder {
 public:
  Builder(std::string_view text, const std::uint32_t* structurals, std::uint32_t count,
          BuilderMemory& memory, ItemWindow* window)
      : text_(text.data()),
        size_(static_cast<std::uint32_t>(text.size())),
        next_(structurals),
        stop_(structurals + count),
        noted_bits_(memory.noted_bits),
        memory_(memory),
        window_(window) {}

  // The index runs out at a closing bracket or it may run out anywhere; only the latter needs a
  // look at its end before each step.
  template <bool kTruncated>
  Error run(const Limits& limits);
  // False if every value may be followed by another offset of the index.
  [[nodiscard]] bool truncated() const {
    const char last = text_[stop_[-1]];
    return last != '}' && last != ']';
  }

 private:
  // A member's key, before its node is written.
  struct Key {
    std::uint32_t at = 0;
    std::uint32_t length = 0;
    bool escaped = false;
  };

  // Offset of the token's end: white space in front of the next token does not belong to it.
  [[gnu::always_inline, nodiscard]] std::uint32_t token_end(std::uint32_t following) const {
    while (static_cast<unsigned char>(text_[following - 1]) <= ' ' &&
           ascii::is_space(text_[following - 1])) {
      --following;
    }
    return following;
  }
  [[nodiscard]] bool has_backslash(std::uint32_t end) const { return backslash_ < end; }
  [[nodiscard]] Error escapes_until(std::uint32_t end) {
    FHIRWALL_TRY(check_escapes(text_, backslash_, end));
    backslash_ = find_backslash(text_, end, size_);
    return {};
  }
  [[nodiscard]] Error scalar(const Key& key, Node& node, std::uint32_t at, NodeIndex next);
  template <bool kTruncated>
  [[nodiscard]] Error key(Key& key, OpenContainer& object, NodeIndex count);
  // The index may have run out. Without kTruncated it cannot have.
  template <bool kTruncated>
  [[nodiscard]] bool at_end() const {
    return kTruncated && next_ == stop_;
  }
  [[nodiscard]] bool opens_window(const Key& key) const {
    const char* const text = key.escaped ? memory_.side.data() : text_;
    return std::string_view(text + key.at, key.length) == window_->key();
  }
  [[nodiscard]] bool item_ends_here() const {
    return next_ != stop_ && (text_[*next_] == ',' || text_[*next_] == ']');
  }
  [[nodiscard]] Error unexpected() const {
    return {ErrorCode::kInvalidJson, next_ == stop_ ? size_ : *next_};
  }

  const char* text_;
  std::uint32_t size_;
  const std::uint32_t* next_;  // the next offset of the structural index
  const std::uint32_t* stop_;
  std::uint32_t backslash_ = 0;  // first backslash not passed yet, or size_
  std::uint64_t noted_bits_;
  BuilderMemory& memory_;
  ItemWindow* window_;
};

// Writes the node of the scalar at `at`, whose offset has been taken from the index.
[[gnu::always_inline]] inline Error Builder::scalar(const Key& key, Node& node, std::uint32_t at,
                                                    NodeIndex next) {
  const std::uint32_t end = token_end(*next_);
  const auto write = [&](Kind kind, bool escaped) {
    node = Node{key.at,          at,          end,     next, key.length & kMaxKeyBytes,
                bits(kind) & 7u, key.escaped, escaped, 0};
  };
  const char c = text_[at];
  if (c == '"') {
    if (end - at < 2 || text_[end - 1] != '"') {
      return {ErrorCode::kInvalidJson, at};
    }
    if (has_backslash(end)) {
      write(Kind::kString, true);
      return escapes_until(end);
    }
    write(Kind::kString, false);
    return {};
  }
  if (c == '-' || ascii::is_digit(c)) {
    write(Kind::kNumber, false);
    return check_number(text_, at, end);
  }
  switch (c) {
    case 't': write(Kind::kTrue, false); break;
    case 'f': write(Kind::kFalse, false); break;
    case 'n':
      write(Kind::kNull, false);
      if (key.length == 0) {
        memory_.noted_end = next;
      }
      break;
    default: return {ErrorCode::kInvalidJson, at};
  }
  return check_literal(text_, at, end);
}

// Takes a key and its colon from the index, for the node `count`, and refuses it if `object` has it
// already.
template <bool kTruncated>
[[gnu::always_inline]] inline Error Builder::key(Key& key, OpenContainer& object, NodeIndex count) {
  if (at_end<kTruncated>()) {
    return unexpected();
  }
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
  key = {begin, length, false};
  const char* key_text = text_ + begin;
  if (has_backslash(end)) {
    FHIRWALL_TRY(escapes_until(end));
    const std::uint32_t used = memory_.side_size;
    if (!unescape_key(text_, begin, end - 1, memory_)) {
      return {ErrorCode::kOutOfMemory, quote};
    }
    key = {used, memory_.side_size - used, true};
    key_text = memory_.side.data() + used;
  }
  const std::uint64_t bit = key_bit(key_text, key.length);
  if ((object.seen_keys & bit) != 0 && object.members < kManyMembers &&
      has_earlier_twin({text_, memory_.side.data()}, memory_.nodes.data(), object.node, count,
                       {key_text, key.length})) {
    return {ErrorCode::kDuplicateKey, quote};
  }
  if ((bit & noted_bits_) != 0) {
    note_key(key_text, count, memory_);
  }
  object.seen_keys |= bit;
  ++object.members;
  if (at_end<kTruncated>() || text_[*next_] != ':') {
    return unexpected();
  }
  ++next_;
  return {};
}

template <bool kTruncated>
[[gnu::always_inline]] inline Error Builder::run(const Limits& limits) {
  // A closed value takes two offsets of the index for each node, an open container only one.
  const auto index_size = static_cast<std::size_t>(stop_ - next_);
  const std::size_t max_open = std::min<std::size_t>(limits.max_depth, index_size);
  std::size_t max_nodes = std::min<std::size_t>(limits.max_nodes, index_size / 2 + max_open + 2);
  if (!memory_.nodes.reserve(max_nodes) || !memory_.open.reserve(max_open)) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  Node* const nodes = memory_.nodes.data();
  OpenContainer* const open = memory_.open.data();
  backslash_ = find_backslash(text_, 0, size_);

  std::size_t depth = 0;
  NodeIndex count = 0;
  OpenContainer top{};  // the innermost open container; open[depth - 1] once another is opened
  Key member;           // of the next value

  // While a window is open its array is the only child of the root that is.
  constexpr std::size_t kNoWindow = static_cast<std::size_t>(-1);
  std::size_t window_depth = kNoWindow;  // open containers where an item of the window ends
  NodeIndex window_array = 0;
  std::uint32_t window_side = 0;  // bytes of `side` to keep when an item is dropped
  // After each value at window_depth. False: stop.
  const auto item_done = [&]() {
    if (!item_ends_here()) {
      return true;  // an error follows
    }
    nodes[window_array].next = count;
    if (!window_->visit(window_array + 1, count)) {
      return false;
    }
    max_nodes -= count - (window_array + 1);
    count = window_array + 1;
    memory_.noted_end = 0;
    memory_.side_size = window_side;
    return true;
  };

  // Each round takes one value, and all closing brackets and the comma behind it.
  for (;;) {
    if (at_end<kTruncated>()) {
      return unexpected();
    }
    const std::uint32_t at = *next_;
    if (count == max_nodes) {
      return {ErrorCode::kTooManyNodes, at};
    }
    ++next_;
    const char c = text_[at];
    bool more = false;  // another value follows
    if (c == '{' || c == '[') {
      if (depth == max_open) {
        return {ErrorCode::kTooDeep, at};
      }
      const Kind kind = c == '{' ? Kind::kObject : Kind::kArray;
      nodes[count] = Node{member.at,      at, 0, 0, member.length & kMaxKeyBytes, bits(kind) & 7u,
                          member.escaped, 0,  0};
      open[depth++] = top;
      top = {count, 0, 0, c == '{' ? '}' : ']'};
      ++count;
      if (window_ != nullptr && depth == 2 && c == '[' && open[1].closer == '}' &&
          !window_->opened && opens_window(member)) {
        nodes[0].next = count - 1;
        if (window_->open(count - 1, count)) {
          window_->opened = true;
          window_depth = depth;
          window_array = count - 1;
          window_side = memory_.side_size;
        } else {
          window_ = nullptr;
        }
      }
      if (at_end<kTruncated>()) {
        return unexpected();
      }
      more = text_[*next_] != top.closer;
      if (!more) {
        memory_.noted_end = count;
      }
    } else {
      FHIRWALL_TRY(scalar(member, nodes[count], at, count + 1));
      ++count;
      if (depth == window_depth && !item_done()) {
        window_->start_over = true;
        return {};
      }
    }
    while (!more) {
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
      const char follows = text_[*next_];
      if (follows == ',') {
        ++next_;
        more = true;
      } else if (follows == top.closer) {
        Node& container = nodes[top.node];
        container.end = *next_++ + 1;
        container.next = count;
        if (top.members > kManyMembers) {
          FHIRWALL_TRY(find_twins({text_, memory_.side.data()}, nodes, top.node, memory_.sorted));
        }
        top = open[--depth];
        if (depth == window_depth) {
          if (!item_done()) {
            window_->start_over = true;
            return {};
          }
        } else if (depth + 1 == window_depth) {
          window_depth = kNoWindow;
        }
      } else {
        return unexpected();
      }
    }
    if (top.closer == '}') {
      FHIRWALL_TRY(key<kTruncated>(member, top, count));
    } else {
      member = Key();
    }
  }
}

}  // namespace

Error build_nodes(std::string_view text, const std::uint32_t* structurals, std::uint32_t count,
                  const Limits& limits, BuilderMemory& memory, ItemWindow* window) {
  memory.side_size = 0;
  memory.node_count = 0;
  memory.noted_end = 0;
  Builder builder(text, structurals, count, memory, window);
  return builder.truncated() ? builder.run<true>(limits) : builder.run<false>(limits);
}

}  // namespace fhirwall::json
