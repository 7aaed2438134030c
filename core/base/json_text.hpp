#pragma once

#include <string>
#include <string_view>

namespace fhirwall {

// Appends `text` (UTF-8) as a JSON string, quotes included. Controls, quotes and backslashes are
// escaped; everything else is kept, so that well-formed UTF-8 stays well-formed.
inline void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20 || byte == 0x7F) {
          out += "\\u00";
          out += kHex[byte >> 4];
          out += kHex[byte & 0xF];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// Writes one JSON object or array member by member: puts the commas where they belong.
//
//     JsonList list(out, '{', '}'); list.key("id"); append_json_string(out, id); list.close();
class JsonList {
 public:
  JsonList(std::string& out, char open, char close) : out_(out), close_(close) { out_ += open; }

  // Before each array item.
  void item() {
    if (any_) {
      out_ += ',';
    }
    any_ = true;
  }
  // Before each member's value. `name` needs no escapes.
  void key(std::string_view name) {
    item();
    out_ += '"';
    out_ += name;
    out_ += "\":";
  }
  void close() { out_ += close_; }

 private:
  std::string& out_;
  char close_;
  bool any_ = false;
};

}  // namespace fhirwall
