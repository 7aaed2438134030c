// layer: grammar/fhirpath
// FHIRPath: the places of nodes nest, and a tree written with the fewest brackets reads as an equal
// tree.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/fhirpath/dump.hpp"
#include "grammar/fhirpath/parse.hpp"

namespace {

using namespace fhirwall::grammar::fhirpath;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

// Loosest 0; a term is 11.
int level_of(Kind kind) {
  switch (kind) {
    case Kind::kSortKey:
    case Kind::kImplies: return 0;
    case Kind::kOr: return 1;
    case Kind::kAnd: return 2;
    case Kind::kMembership: return 3;
    case Kind::kEquality: return 4;
    case Kind::kInequality: return 5;
    case Kind::kUnion: return 6;
    case Kind::kType: return 7;
    case Kind::kAdd: return 8;
    case Kind::kMultiply: return 9;
    case Kind::kPolarity: return 10;
    case Kind::kEmpty:
    case Kind::kBoolean:
    case Kind::kString:
    case Kind::kNumber:
    case Kind::kLong:
    case Kind::kDate:
    case Kind::kDateTime:
    case Kind::kTime:
    case Kind::kQuantity:
    case Kind::kExternal:
    case Kind::kThis:
    case Kind::kIndex:
    case Kind::kTotal:
    case Kind::kIdentifier:
    case Kind::kFunction:
    case Kind::kMember:
    case Kind::kIndexer: return 11;
  }
  return 11;
}

void quote(std::string_view text, char delimiter, std::string& out) {
  out += delimiter;
  for (const char c : text) {
    if (c == delimiter || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += delimiter;
}

void write(const Expression& node, int level, std::string& out);

void write_list(const Expression& node, std::string& out) {
  out += '(';
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    out += i == 0 ? "" : ",";
    write(node.children[i], 0, out);
  }
  out += ')';
}

void write_type(std::string_view name, std::string& out) {
  for (;;) {
    const std::size_t dot = name.find('.');
    quote(name.substr(0, dot), '`', out);
    if (dot == std::string_view::npos) {
      return;
    }
    out += '.';
    name.remove_prefix(dot + 1);
  }
}

void write_node(const Expression& node, std::string& out) {
  const int level = level_of(node.kind);
  switch (node.kind) {
    case Kind::kEmpty: out += "{}"; return;
    case Kind::kThis: out += "$this"; return;
    case Kind::kIndex: out += "$index"; return;
    case Kind::kTotal: out += "$total"; return;
    case Kind::kBoolean:
    case Kind::kNumber: out += node.text; return;
    case Kind::kLong: out += node.text + "L"; return;
    case Kind::kString: quote(node.text, '\'', out); return;
    case Kind::kDate:
    case Kind::kDateTime: out += "@" + node.text; return;
    case Kind::kTime: out += "@T" + node.text; return;
    case Kind::kQuantity:
      out += node.text + " ";
      if (node.calendar_unit) {
        out += node.unit;
      } else {
        quote(node.unit, '\'', out);
      }
      return;
    case Kind::kExternal:
      out += '%';
      quote(node.text, '`', out);
      return;
    case Kind::kIdentifier: quote(node.text, '`', out); return;
    case Kind::kFunction:
      quote(node.text, '`', out);
      write_list(node, out);
      return;
    case Kind::kMember:
      write(node.children[0], level, out);
      out += '.';
      write(node.children[1], level, out);
      return;
    case Kind::kIndexer:
      write(node.children[0], level, out);
      out += '[';
      write(node.children[1], 0, out);
      out += ']';
      return;
    case Kind::kSortKey:
      write(node.children[0], 0, out);
      out += " " + node.text;
      return;
    case Kind::kPolarity:
      out += node.text;
      write(node.children[0], level, out);
      return;
    case Kind::kType:
      write(node.children[0], level, out);
      out += " " + node.text + " ";
      write_type(node.unit, out);
      return;
    case Kind::kMultiply:
    case Kind::kAdd:
    case Kind::kUnion:
    case Kind::kInequality:
    case Kind::kEquality:
    case Kind::kMembership:
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kImplies:
      write(node.children[0], level, out);
      out += " " + node.text + " ";
      write(node.children[1], level + 1, out);
      return;
  }
}

// `level` is the loosest that may stand here without brackets.
void write(const Expression& node, int level, std::string& out) {
  const bool brackets = level_of(node.kind) < level;
  out += brackets ? "(" : "";
  write_node(node, out);
  out += brackets ? ")" : "";
}

void check_spans(const Expression& node, std::uint32_t begin, std::uint32_t end) {
  check(begin <= node.span.begin && node.span.begin < node.span.end && node.span.end <= end);
  std::uint32_t at = node.span.begin;
  for (const Expression& child : node.children) {
    check_spans(child, at, node.span.end);
    at = child.span.end;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text);
  if (!parsed.ok()) {
    check(parsed.error().offset <= size && !parsed.error().expected.empty());
    return 0;
  }
  check_spans(parsed.value(), 0, static_cast<std::uint32_t>(size));
  std::string canonical;
  write(parsed.value(), 0, canonical);
  const auto again = parse(canonical, {.max_bytes = 1 << 20});
  check(again.ok() && again.value() == parsed.value());
  check(dump(again.value()) == dump(parsed.value()));
  return 0;
}
