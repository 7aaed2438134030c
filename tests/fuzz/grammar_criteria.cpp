// layer: grammar/criteria
// Search criteria: places lie inside the text, and what is accepted reads the same when every byte
// of it is percent-encoded.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/criteria/dump.hpp"
#include "grammar/criteria/parse.hpp"

namespace {

using namespace fhirwall::grammar::criteria;
using fhirwall::Span;

constexpr std::array<std::string_view, 4> kBound = {"org", "fa", "profile", "de-f_1"};

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_inside(Span inner, Span outer) {
  check(inner.begin <= inner.end && outer.begin <= inner.begin && inner.end <= outer.end);
}

// Upper case, so that no bound name begins like an escape.
void encode(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte / 16];
    out += kDigits[byte % 16];
  }
}

void write(const Piece& piece, std::string& out) {
  switch (piece.kind) {
    case Piece::Kind::kPipe: out += '|'; return;
    case Piece::Kind::kDollar: out += '$'; return;
    case Piece::Kind::kVariable: out += "%" + piece.text; return;
    case Piece::Kind::kVariableId: out += "%" + piece.text + ".id"; return;
    case Piece::Kind::kText:
      for (const char c : piece.text) {
        if (std::string_view(",|$\\").find(c) != std::string_view::npos) {
          out += '\\';
        }
        encode({&c, 1}, out);
      }
  }
}

// Every decoded byte as an escape; the variables as they are.
void write(const Verbatim& value, std::string& out) {
  std::uint32_t at = 0;
  for (const Span& variable : value.variables) {
    encode(value.text.substr(at, variable.begin - at), out);
    out += value.text.substr(variable.begin, variable.size());
    at = variable.end;
  }
  encode(value.text.substr(at), out);
}

// Places ascend within the parameter, and variables stand in the text as they were written.
void check_verbatim(const Verbatim& value, Span outer, std::string_view text) {
  check(value.places.size() == value.text.size() + 1);
  std::uint32_t least = outer.begin;
  for (const std::uint32_t place : value.places) {
    check(least <= place && place <= outer.end);
    least = place + (place < outer.end ? 1 : 0);
  }
  std::uint32_t at = 0;
  for (const Span& variable : value.variables) {
    check(at <= variable.begin && variable.size() >= 2 && variable.end <= value.text.size());
    at = variable.end;
    check(value.text.substr(variable.begin, variable.size()) ==
          text.substr(value.place_of(variable.begin), variable.size()));
  }
}

std::string text_of(const Criteria& criteria) {
  std::string out = criteria.resource_type;
  char separator = '?';
  for (const Parameter& parameter : criteria.parameters) {
    out += separator;
    separator = '&';
    encode(parameter.name, out);
    if (parameter.has_modifier) {
      encode(":", out);
      encode(parameter.modifier, out);
    }
    if (!parameter.chain.empty()) {
      encode(".", out);
      encode(parameter.chain, out);
    }
    out += '=';
    if (parameter.verbatim) {
      write(*parameter.verbatim, out);
    }
    for (std::size_t i = 0; i < parameter.values.size(); ++i) {
      out += i == 0 ? "" : ",";
      for (const Piece& piece : parameter.values[i].pieces) {
        write(piece, out);
      }
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse(text, kBound);
  if (!parsed.ok()) {
    check(parsed.error().offset <= size && !parsed.error().expected.empty());
    return 0;
  }
  const Span whole{0, static_cast<std::uint32_t>(size)};
  check(!parsed.value().parameters.empty());
  for (const Parameter& parameter : parsed.value().parameters) {
    check_inside(parameter.span, whole);
    check_inside(parameter.name_span, parameter.span);
    check(!parameter.name.empty() && parameter.values.empty() == (parameter.name == "_filter"));
    check(parameter.verbatim.has_value() == (parameter.name == "_filter"));
    if (parameter.verbatim) {
      check_verbatim(*parameter.verbatim, parameter.span, text);
    }
    for (const Value& value : parameter.values) {
      check_inside(value.span, parameter.span);
      bool after_text = false;
      for (const Piece& piece : value.pieces) {
        check_inside(piece.span, value.span);
        const bool is_text = piece.kind == Piece::Kind::kText;
        check(!(is_text && after_text) && !piece.span.empty());
        after_text = is_text;
      }
    }
  }
  const auto again = parse(text_of(parsed.value()), kBound, {.max_bytes = 1 << 20});
  check(again.ok() && again.value() == parsed.value());
  check(dump(again.value()) == dump(parsed.value()));
  return 0;
}
