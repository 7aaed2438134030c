#include "grammar/fhirpath/dump.hpp"

#include <string_view>

#include "grammar/fhirpath/word.hpp"

namespace fhirwall::grammar::fhirpath {
namespace {

void quote(std::string_view text, char delimiter, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += delimiter;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte / 16];
      out += kDigits[byte % 16];
      continue;
    }
    if (c == delimiter || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += delimiter;
}

void name(std::string_view text, std::string& out) {
  if (is_identifier(text) && word_at(text.data(), text.data() + text.size()) == text) {
    out += text;
  } else {
    quote(text, '`', out);
  }
}

void dump_node(const Expression& node, std::string& out);

void dump_list(std::string_view head, const Expression& node, std::string& out) {
  out += '(';
  out += head;
  for (const Expression& child : node.children) {
    out += ' ';
    dump_node(child, out);
  }
  out += ')';
}

void dump_node(const Expression& node, std::string& out) {
  switch (node.kind) {
    case Kind::kEmpty: out += "{}"; return;
    case Kind::kThis: out += "$this"; return;
    case Kind::kIndex: out += "$index"; return;
    case Kind::kTotal: out += "$total"; return;
    case Kind::kBoolean:
    case Kind::kNumber: out += node.text; return;
    case Kind::kLong:
      out += node.text;
      out += 'L';
      return;
    case Kind::kString: quote(node.text, '"', out); return;
    case Kind::kDate:
    case Kind::kDateTime:
      out += '@';
      out += node.text;
      return;
    case Kind::kTime:
      out += "@T";
      out += node.text;
      return;
    case Kind::kQuantity:
      out += "(quantity ";
      out += node.text;
      out += ' ';
      if (node.calendar_unit) {
        out += node.unit;
      } else {
        quote(node.unit, '"', out);
      }
      out += ')';
      return;
    case Kind::kExternal:
      out += '%';
      name(node.text, out);
      return;
    case Kind::kIdentifier: name(node.text, out); return;
    case Kind::kFunction: {
      std::string head = "call ";
      name(node.text, head);
      dump_list(head, node, out);
      return;
    }
    case Kind::kMember: dump_list(".", node, out); return;
    case Kind::kIndexer: dump_list("[]", node, out); return;
    case Kind::kType:
      dump_list(node.text, node, out);
      out.back() = ' ';
      out += node.unit;
      out += ')';
      return;
    case Kind::kSortKey:
    case Kind::kPolarity:
    case Kind::kMultiply:
    case Kind::kAdd:
    case Kind::kUnion:
    case Kind::kInequality:
    case Kind::kEquality:
    case Kind::kMembership:
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kImplies: dump_list(node.text, node, out); return;
  }
}

}  // namespace

std::string dump(const Expression& expression) {
  std::string out;
  dump_node(expression, out);
  return out;
}

}  // namespace fhirwall::grammar::fhirpath
