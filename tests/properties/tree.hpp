#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fhirwall::properties {

// What an independent reader of the policy makes of a value.
enum class Fate : std::uint8_t {
  kVisible,
  kHidden,  // nothing of it leaves, nor that it was there
  kNull,    // a position of a primitive array, of which only the position is visible
  kPrefix,  // a string that is visible up to its first `?`
};

// JSON as a tree of texts: tokens stay as they are written, since bytes are compared.
struct Node {
  enum class Kind : std::uint8_t { kObject, kArray, kString, kOther };
  Kind kind = Kind::kOther;
  Fate fate = Fate::kVisible;
  std::uint16_t rule = 0;  // 1 + the rule that released a resource: a decision is no secret
  std::uint16_t type = 0;  // the FHIR type of a visible object, once it was read
  std::string text;        // of a scalar, quotes included
  std::string name;        // as member of an object: without quotes and escapes
  std::string key;         // the same as written, with quotes
  std::vector<Node> children;

  [[nodiscard]] bool is_object() const { return kind == Kind::kObject; }
  [[nodiscard]] bool is_array() const { return kind == Kind::kArray; }
  [[nodiscard]] bool is_string() const { return kind == Kind::kString; }
  [[nodiscard]] bool is_container() const { return is_object() || is_array(); }
  [[nodiscard]] bool is_null() const { return kind == Kind::kOther && text == "null"; }
  [[nodiscard]] bool visible() const { return fate != Fate::kHidden; }
  // Of an object; null if there is none.
  [[nodiscard]] const Node* find(std::string_view member) const;
  [[nodiscard]] Node* find(std::string_view member);
  // Of a string: without quotes and escapes.
  [[nodiscard]] std::string string() const;
  // The string at `member` of an object, or nothing.
  [[nodiscard]] std::optional<std::string> string_at(std::string_view member) const;
};

[[nodiscard]] Node object_node();
[[nodiscard]] Node array_node();
[[nodiscard]] Node string_node(std::string_view value);
[[nodiscard]] Node other_node(std::string_view text);
// Appends a member.
Node& add(Node& object, std::string_view name, Node value);
Node& add(Node& object, std::string_view name, std::string_view value);
// As a JSON string, with the escapes that JSON asks for.
[[nodiscard]] std::string quoted(std::string_view value);
[[nodiscard]] std::string unquoted(std::string_view text);

// White space of a text: the same everywhere in it.
struct Style {
  std::string newline;  // empty: everything in one line
  std::string indent;
  std::string colon = ":";
  std::string comma = ",";  // in one line only
};
// Appends.
void write(const Node& node, const Style& style, std::string& out, std::size_t depth = 0);
[[nodiscard]] std::string written(const Node& node, const Style& style = {});

// nullopt: no JSON. Nothing else is checked.
[[nodiscard]] std::optional<Node> parse(std::string_view text);

// The token of a string up to its first `?`, or all of it.
[[nodiscard]] std::string_view before_query(std::string_view text);

// Forgets what a reading said.
void clear_fates(Node& node);
// Do both trees show the same? Of hidden values nothing is looked at.
[[nodiscard]] bool same_view(const Node& a, const Node& b);
// Without what is hidden; null where only the position is visible.
[[nodiscard]] Node view_of(const Node& node);
// Is each value of `part` in `whole`, in the same order? Members by name, items in order.
[[nodiscard]] bool contained_in(const Node& part, const Node& whole);

}  // namespace fhirwall::properties
