#include "tests/properties/tree.hpp"

#include <cstdio>
#include <utility>

namespace fhirwall::properties {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

std::uint32_t hex4(std::string_view text) {
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    value = value * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool value(Node& node, int depth = 0) {
    skip();
    if (depth > 200 || at_ >= text_.size()) {
      return false;
    }
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      return container(node, c == '{', depth);
    }
    const std::size_t begin = at_;
    if (c == '"') {
      node.kind = Node::Kind::kString;
      ++at_;
      while (at_ < text_.size() && text_[at_] != '"') {
        at_ += text_[at_] == '\\' ? 2 : 1;
      }
      if (++at_ > text_.size()) {
        return false;
      }
    } else {
      while (at_ < text_.size() &&
             std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) {
        ++at_;
      }
    }
    node.text = text_.substr(begin, at_ - begin);
    return at_ > begin;
  }

  bool end() {
    skip();
    return at_ == text_.size();
  }

 private:
  bool container(Node& node, bool object, int depth) {
    node.kind = object ? Node::Kind::kObject : Node::Kind::kArray;
    ++at_;
    if (took(object ? '}' : ']')) {
      return true;
    }
    do {
      Node child;
      std::string key;
      if (object) {
        Node name;
        if (!value(name) || !name.is_string() || !took(':')) {
          return false;
        }
        key = std::move(name.text);
      }
      if (!value(child, depth + 1)) {
        return false;
      }
      if (object) {
        child.name = unquoted(key);
        child.key = std::move(key);
      }
      node.children.push_back(std::move(child));
    } while (took(','));
    return took(object ? '}' : ']');
  }

  bool took(char c) {
    skip();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return true;
    }
    return false;
  }
  void skip() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) < 4) {
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void break_line(const Style& style, std::string& out, std::size_t depth) {
  out += style.newline;
  for (std::size_t i = 0; i < depth; ++i) {
    out += style.indent;
  }
}

}  // namespace

const Node* Node::find(std::string_view member) const {
  for (const Node& child : children) {
    if (is_object() && child.name == member) {
      return &child;
    }
  }
  return nullptr;
}

Node* Node::find(std::string_view member) {
  return const_cast<Node*>(std::as_const(*this).find(member));
}

std::string Node::string() const { return unquoted(text); }

std::optional<std::string> Node::string_at(std::string_view member) const {
  const Node* const found = find(member);
  return found != nullptr && found->is_string() ? std::optional(found->string()) : std::nullopt;
}

Node object_node() {
  Node node;
  node.kind = Node::Kind::kObject;
  return node;
}

Node array_node() {
  Node node;
  node.kind = Node::Kind::kArray;
  return node;
}

Node string_node(std::string_view value) {
  Node node;
  node.kind = Node::Kind::kString;
  node.text = quoted(value);
  return node;
}

Node other_node(std::string_view text) {
  Node node;
  node.text = text;
  return node;
}

Node& add(Node& object, std::string_view name, Node value) {
  value.name = name;
  value.key = quoted(name);
  return object.children.emplace_back(std::move(value));
}

Node& add(Node& object, std::string_view name, std::string_view value) {
  return add(object, name, string_node(value));
}

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string unquoted(std::string_view text) {
  text = text.substr(1, text.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    const std::size_t simple = std::string_view("bfnrt").find(c);
    if (simple < 5) {
      out += "\b\f\n\r\t"[simple];
    } else if (c != 'u') {
      out += c;
    } else {
      std::uint32_t code = hex4(text.substr(i + 1));
      i += 4;
      if (code >= 0xD800 && code < 0xDC00 && text.substr(i + 1, 2) == "\\u") {
        code = 0x10000 + ((code - 0xD800) << 10) + (hex4(text.substr(i + 3)) - 0xDC00);
        i += 6;
      }
      append_utf8(out, code);
    }
  }
  return out;
}

void write(const Node& node, const Style& style, std::string& out, std::size_t depth) {
  if (!node.is_container()) {
    out += node.text;
    return;
  }
  out += node.is_object() ? '{' : '[';
  bool first = true;
  for (const Node& child : node.children) {
    out += first ? "" : style.newline.empty() ? style.comma : ",";
    first = false;
    break_line(style, out, style.newline.empty() ? 0 : depth + 1);
    if (node.is_object()) {
      out.append(child.key).append(style.colon);
    }
    write(child, style, out, depth + 1);
  }
  if (!first) {
    break_line(style, out, style.newline.empty() ? 0 : depth);
  }
  out += node.is_object() ? '}' : ']';
}

std::string written(const Node& node, const Style& style) {
  std::string out;
  write(node, style, out);
  return out;
}

std::optional<Node> parse(std::string_view text) {
  Reader reader(text);
  Node node;
  if (!reader.value(node) || !reader.end()) {
    return std::nullopt;
  }
  return node;
}

void clear_fates(Node& node) {
  node.fate = Fate::kVisible;
  node.type = 0;
  node.rule = 0;
  for (Node& child : node.children) {
    clear_fates(child);
  }
}

std::string_view before_query(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '?' || text.substr(i, 6) == "\\u003f" || text.substr(i, 6) == "\\u003F") {
      return text.substr(0, i);
    }
    i += text[i] == '\\' ? 1 : 0;
  }
  return text;
}

bool same_view(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.fate != b.fate || a.rule != b.rule) {
    return a.fate == Fate::kNull ? b.is_null() : b.fate == Fate::kNull && a.is_null();
  }
  if (a.fate == Fate::kNull) {
    return true;
  }
  if (a.fate == Fate::kPrefix) {
    return before_query(a.text) == before_query(b.text);
  }
  if (!a.is_container()) {
    return a.text == b.text;
  }
  auto left = a.children.begin();
  auto right = b.children.begin();
  for (;;) {
    while (left != a.children.end() && !left->visible()) {
      ++left;
    }
    while (right != b.children.end() && !right->visible()) {
      ++right;
    }
    if (left == a.children.end() || right == b.children.end()) {
      return left == a.children.end() && right == b.children.end();
    }
    if (left->key != right->key || !same_view(*left, *right)) {
      return false;
    }
    ++left;
    ++right;
  }
}

Node view_of(const Node& node) {
  if (node.fate == Fate::kNull) {
    Node null = other_node("null");
    null.name = node.name;
    null.key = node.key;
    return null;
  }
  Node copy = node;
  copy.children.clear();
  if (node.fate == Fate::kPrefix) {
    copy.text = std::string(before_query(node.text)) + '"';
  }
  for (const Node& child : node.children) {
    if (child.visible()) {
      copy.children.push_back(view_of(child));
    }
  }
  return copy;
}

bool contained_in(const Node& part, const Node& whole) {
  if (part.kind != whole.kind) {
    return part.is_null();
  }
  if (!part.is_container()) {
    return part.text == whole.text || (part.is_string() && part.string() == whole.string());
  }
  auto at = whole.children.begin();
  for (const Node& child : part.children) {
    while (at != whole.children.end() && !(child.key == at->key && contained_in(child, *at))) {
      ++at;
    }
    if (at == whole.children.end()) {
      return false;
    }
    ++at;
  }
  return true;
}

}  // namespace fhirwall::properties
