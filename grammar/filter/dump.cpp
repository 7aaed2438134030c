#include "grammar/filter/dump.hpp"

#include <string_view>

namespace fhirwall::grammar::filter {
namespace {

void quote(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\u00";
      out += kDigits[byte / 16];
      out += kDigits[byte % 16];
      continue;
    }
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  out += '"';
}

void dump_node(const Filter& filter, std::string& out);

void dump_list(std::string_view head, const Filter& filter, std::string& out) {
  out += '(';
  out += head;
  for (const Filter& child : filter.children) {
    out += ' ';
    dump_node(child, out);
  }
  out += ')';
}

void dump_value(const Value& value, std::string& out) {
  switch (value.kind) {
    case Value::Kind::kString: quote(value.text, out); return;
    case Value::Kind::kNumber: out += "number:"; break;
    case Value::Kind::kDate: out += "date:"; break;
    case Value::Kind::kToken: out += "token:"; break;
    case Value::Kind::kWord: out += "word:"; break;
    case Value::Kind::kVariable:
    case Value::Kind::kVariableId: out += '%'; break;
  }
  out += value.text;
  out += value.kind == Value::Kind::kVariableId ? ".id" : "";
}

void dump_comparison(const Filter& filter, std::string& out) {
  out += '(';
  out += kComparisonWords[static_cast<std::size_t>(filter.comparison)];
  char separator = ' ';
  for (const Step& step : filter.path) {
    out += separator;
    separator = '.';
    out += step.name;
    for (const Filter& where : step.where) {
      out += '[';
      dump_node(where, out);
      out += ']';
    }
  }
  out += ' ';
  dump_value(filter.value, out);
  out += ')';
}

void dump_node(const Filter& filter, std::string& out) {
  switch (filter.kind) {
    case Kind::kAnd: dump_list("and", filter, out); return;
    case Kind::kOr: dump_list("or", filter, out); return;
    case Kind::kNot: dump_list("not", filter, out); return;
    case Kind::kComparison: dump_comparison(filter, out); return;
  }
}

}  // namespace

std::string dump(const Filter& filter) {
  std::string out;
  dump_node(filter, out);
  return out;
}

}  // namespace fhirwall::grammar::filter
