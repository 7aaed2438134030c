#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"

namespace fhirwall::json {

enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kNoNode = 0xFFFFFFFFu;

// One JSON value, in document order. Offsets are half-open and count bytes of the input.
//
//     {"name" : {"given":["Ann"]} , "id":"1"}
//      |    |   ^begin          ^end ^key of the next member
//      |    key + key_length (between the quotes)
//      key - 1 is the opening quote
//
// `next` is the index of the first node behind this one's subtree: the next sibling, if there is
// one. An object or array with children has its first child at index + 1; it has children when next
// != index + 1.
struct Node {
  std::uint32_t key = 0;    // first byte of the key's text; in the side buffer if key_escaped; 0
                            // length for array items
  std::uint32_t begin = 0;  // first byte of the value, opening quote or bracket included
  std::uint32_t end = 0;    // one past the value's last byte
  NodeIndex next = 0;
  std::uint32_t key_length : 24 = 0;
  std::uint32_t kind_bits : 3 = 0;
  std::uint32_t key_escaped : 1 =
      0;  // the key was written with escapes; its unescaped text is in the side buffer
  std::uint32_t escaped : 1 = 0;  // a string whose text holds at least one backslash
  std::uint32_t reserved : 3 = 0;

  [[nodiscard]] Kind kind() const { return static_cast<Kind>(kind_bits); }
};
static_assert(sizeof(Node) == 20);

// Bytes that must be readable behind every input, so that SIMD loads may run over the end. Their
// content does not matter.
inline constexpr std::size_t kPadding = 64;

class Parser;

// A fully validated JSON text as a flat table of nodes.
//
// LIFETIME: views into the parser's memory and into the input. They die at the parser's next
// parse() and with the input:
//     auto doc = parser.document(); parser.parse(other); doc.key(1);   // wrong
class Document {
 public:
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint32_t size() const {
    return size_;
  }  // number of nodes; node 0 is the root value
  [[nodiscard]] const Node& operator[](NodeIndex index) const { return nodes_[index]; }

  [[nodiscard]] Kind kind(NodeIndex index) const { return nodes_[index].kind(); }
  [[nodiscard]] bool is_object(NodeIndex index) const { return kind(index) == Kind::kObject; }
  [[nodiscard]] bool is_array(NodeIndex index) const { return kind(index) == Kind::kArray; }
  [[nodiscard]] bool is_string(NodeIndex index) const { return kind(index) == Kind::kString; }

  // Children: for (NodeIndex c = doc.first_child(n), end = doc[n].next; c != end; c = doc[c].next)
  [[nodiscard]] static NodeIndex first_child(NodeIndex parent) { return parent + 1; }
  [[nodiscard]] bool has_children(NodeIndex parent) const {
    return nodes_[parent].next != parent + 1;
  }

  // The member's key, unescaped; empty for array items and the root.
  [[nodiscard]] std::string_view key(NodeIndex index) const {
    const Node& node = nodes_[index];
    return {(node.key_escaped ? side_ : text_.data()) + node.key, node.key_length};
  }
  // The value's bytes as they stand in the input (quotes included).
  [[nodiscard]] std::string_view raw(NodeIndex index) const {
    return text_.substr(nodes_[index].begin, nodes_[index].end - nodes_[index].begin);
  }
  // The text between a string's quotes, escapes not resolved.
  [[nodiscard]] std::string_view raw_string(NodeIndex index) const {
    return text_.substr(nodes_[index].begin + 1, nodes_[index].end - nodes_[index].begin - 2);
  }
  // A string's value. Without escapes a view of the input; else unescaped into `scratch`, and a
  // view of that.
  [[nodiscard]] std::string_view string(NodeIndex index, std::string& scratch) const;
  // True if the node is a string with exactly this value (escapes resolved).
  [[nodiscard]] bool string_is(NodeIndex index, std::string_view value) const;
  // The member of an object with this key, or kNoNode; also kNoNode when `object` is not an object,
  // or none itself.
  // Linear.
  [[nodiscard]] NodeIndex find(NodeIndex object, std::string_view key) const;

  // Can there be, in the subtree of this node, an empty object or array, an item `null`, or a
  // member whose key begins as one that the parser was asked to note? True too where it was asked
  // for nothing.
  [[nodiscard]] bool may_be_noted(NodeIndex index) const { return noted_end_ > index; }

  // The same document without its parser: the node table and the unescaped keys are copied to
  // `memory`, table_bytes() bytes aligned for a Node.
  // LIFETIME: views into that memory and into the input.
  [[nodiscard]] std::size_t table_bytes() const;
  [[nodiscard]] Document detach(char* memory) const;

 private:
  friend class Parser;
  [[nodiscard]] std::size_t side_bytes() const;
  std::string_view text_;
  const Node* nodes_ = nullptr;
  const char* side_ = nullptr;
  std::uint32_t size_ = 0;
  NodeIndex noted_end_ = kNoNode;  // behind the last one; 0: none
};

// Looks at the items of one array of the root object while the text is being validated, one at a
// time: the nodes of an item are dropped after visit(). So the node table of a large body stays as
// small as its largest item, and in the cache.
class ItemVisitor {
 public:
  // The array has been opened. `document` holds the root's members in front of it, and the array's
  // own node, without an end. False: the array is built like any other value.
  [[nodiscard]] virtual bool open(const Document& document, NodeIndex array) = 0;
  // One item has been validated; a `,` or the array's `]` follows it. Nothing behind that has been
  // looked at: an error may still come. False: start over and build the whole document.
  [[nodiscard]] virtual bool visit(const Document& document, NodeIndex item) = 0;

 protected:
  ItemVisitor() = default;
  ItemVisitor(const ItemVisitor&) = default;
  ItemVisitor& operator=(const ItemVisitor&) = default;
  ~ItemVisitor() = default;
};

// Validates and indexes JSON: one pass over simdjson's structural index. Holds all memory and
// reuses it between calls.
//
// Refused (SPEC 8.1): invalid UTF-8, a byte order mark, anything but one JSON value, duplicate keys
// after unescaping in any object, lone surrogates, control characters in strings, over-deep and
// over-large input. Every scalar is validated, whether or not somebody will look at it.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  // A parser that runs simdjson's kernel of that name ("fallback", "westmere", ...) if this machine
  // has it, else the usual one; for tests that compare kernels.
  [[nodiscard]] static Parser with_kernel(std::string_view name);

  // From now on, what Document::may_be_noted() answers. Keys have eight bytes or more.
  void note(std::string_view key, std::string_view other_key);

  // `text` must be followed by kPadding readable bytes. The error's offset is the byte of `text`
  // where it first goes wrong, or its size when the text ends too early. After an error document()
  // is empty; the parser stays usable.
  [[nodiscard]] Error parse(std::string_view text, const Limits& limits);
  // The same, with the items of the root's member `key`, if it is an array, shown to `visitor`.
  // `visited`: they were, and in document() that array has no children; else it holds everything.
  [[nodiscard]] Error parse(std::string_view text, const Limits& limits, std::string_view key,
                            ItemVisitor& visitor, bool& visited);
  // Its address stays the same for the parser's life.
  [[nodiscard]] const Document& document() const { return document_; }

  // Overwrites everything that was derived from the last input (unescaped keys) and empties
  // document(). Capacity is kept. SPEC P7.
  void wipe();

 private:
  struct State;
  class Window;
  void show(std::string_view text);
  [[nodiscard]] Error finish(std::string_view text, Error error);
  State* state_;
  Document document_;
};

// Resolves JSON escapes of `raw` (the text between the quotes, already validated) and appends UTF-8
// to `out`.
void unescape(std::string_view raw, std::string& out);

}  // namespace fhirwall::json
