// layer: grammar/filter
// `_filter` expressions: the places of nodes nest, and a tree written with the fewest brackets and
// every string escaped reads as an equal tree. The byte before a `%` says whether it is a variable.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/filter/dump.hpp"
#include "grammar/filter/parse.hpp"

namespace {

using namespace fhirwall::grammar::filter;
using fhirwall::Span;

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// All choices come from the text: its bytes decide which `%` is a variable.
std::vector<Span> variables_of(std::string_view text) {
  std::vector<Span> variables;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    if (text[at] != '%' || !is_letter(text[at + 1]) || (at > 0 && text[at - 1] % 2 != 0)) {
      continue;
    }
    std::size_t end = at + 1;
    while (end != text.size() && is_letter(text[end])) {
      ++end;
    }
    if (text.substr(end).starts_with(".id")) {
      end += 3;
    }
    variables.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
    at = end - 1;
  }
  return variables;
}

struct Written {
  std::string text;
  std::vector<Span> variables;
};

void write_string(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += "\\u00";
      out += kDigits[byte / 16];
      out += kDigits[byte % 16];
    } else {
      out += c;
    }
  }
  out += '"';
}

void write_value(const Value& value, Written& out) {
  switch (value.kind) {
    case Value::Kind::kString: write_string(value.text, out.text); return;
    case Value::Kind::kNumber:
    case Value::Kind::kDate:
    case Value::Kind::kToken:
    case Value::Kind::kWord: out.text += value.text; return;
    case Value::Kind::kVariable:
    case Value::Kind::kVariableId: {
      const auto begin = static_cast<std::uint32_t>(out.text.size());
      out.text += "%" + value.text;
      out.text += value.kind == Value::Kind::kVariableId ? ".id" : "";
      out.variables.push_back({begin, static_cast<std::uint32_t>(out.text.size())});
      return;
    }
  }
}

void write(const Filter& filter, Written& out);

void write_chain(const Filter& filter, std::string_view sign, Written& out) {
  for (std::size_t i = 0; i < filter.children.size(); ++i) {
    const Filter& child = filter.children[i];
    out.text += i == 0 ? "" : sign;
    const bool brackets = child.kind == Kind::kAnd || child.kind == Kind::kOr;
    out.text += brackets ? "(" : "";
    write(child, out);
    out.text += brackets ? ")" : "";
  }
}

void write(const Filter& filter, Written& out) {
  switch (filter.kind) {
    case Kind::kAnd: write_chain(filter, " and ", out); return;
    case Kind::kOr: write_chain(filter, " or ", out); return;
    case Kind::kNot:
      out.text += "not(";
      write(filter.children[0], out);
      out.text += ')';
      return;
    case Kind::kComparison:
      for (std::size_t i = 0; i < filter.path.size(); ++i) {
        out.text += i == 0 ? "" : ".";
        out.text += filter.path[i].name;
        for (const Filter& where : filter.path[i].where) {
          out.text += '[';
          write(where, out);
          out.text += ']';
        }
      }
      out.text += ' ';
      out.text += kComparisonWords[static_cast<std::size_t>(filter.comparison)];
      out.text += ' ';
      write_value(filter.value, out);
      return;
  }
}

void check_inside(Span inner, Span outer) {
  check(outer.begin <= inner.begin && inner.begin < inner.end && inner.end <= outer.end);
}

void check_tree(const Filter& filter, Span outer) {
  check_inside(filter.span, outer);
  if (filter.kind != Kind::kComparison) {
    check(filter.path.empty());
    check(filter.kind == Kind::kNot ? filter.children.size() == 1 : filter.children.size() >= 2);
    std::uint32_t at = filter.span.begin;
    for (const Filter& child : filter.children) {
      check_tree(child, {at, filter.span.end});
      at = child.span.end;
    }
    return;
  }
  check(filter.children.empty() && !filter.path.empty());
  std::uint32_t at = filter.span.begin;
  for (const Step& step : filter.path) {
    check_inside(step.span, {at, filter.span.end});
    check_inside(step.name_span, step.span);
    check(step.name_span.size() == step.name.size() && step.where.size() <= 1);
    for (const Filter& where : step.where) {
      check_tree(where, {step.name_span.end, step.span.end});
    }
    at = step.span.end;
  }
  check_inside(filter.comparison_span, {at, filter.span.end});
  check(filter.comparison_span.size() == 2);
  check_inside(filter.value.span, {filter.comparison_span.end, filter.span.end});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text, variables_of(text));
  if (!parsed.ok()) {
    check(parsed.error().offset <= size && !parsed.error().expected.empty());
    return 0;
  }
  check_tree(parsed.value(), {0, static_cast<std::uint32_t>(size)});
  Written written;
  write(parsed.value(), written);
  const auto again = parse(written.text, written.variables, {.max_bytes = 1 << 20});
  check(again.ok() && again.value() == parsed.value());
  check(dump(again.value()) == dump(parsed.value()));
  return 0;
}
