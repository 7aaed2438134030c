#include "grammar/criteria/dump.hpp"

namespace fhirwall::grammar::criteria {
namespace {

void quote(const std::string& text, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      out += "\\x";
      out += kDigits[byte / 16];
      out += kDigits[byte % 16];
    } else {
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
  }
  out += '"';
}

void dump_piece(const Piece& piece, std::string& out) {
  switch (piece.kind) {
    case Piece::Kind::kText: quote(piece.text, out); return;
    case Piece::Kind::kPipe: out += '|'; return;
    case Piece::Kind::kDollar: out += '$'; return;
    case Piece::Kind::kVariable:
    case Piece::Kind::kVariableId:
      out += '%';
      out += piece.text;
      out += piece.kind == Piece::Kind::kVariableId ? ".id" : "";
      return;
  }
}

void dump_value(const Value& value, std::string& out) {
  if (value.pieces.empty()) {
    out += "\"\"";
  }
  for (std::size_t i = 0; i < value.pieces.size(); ++i) {
    out += i == 0 ? "" : "~";
    dump_piece(value.pieces[i], out);
  }
}

// Pieces of text and variables, as dump_value shows them.
void dump_verbatim(const Verbatim& value, std::string& out) {
  std::uint32_t at = 0;
  const auto text_up_to = [&](std::uint32_t end) {
    if (at != end) {
      out += at == 0 ? "" : "~";
      quote(value.text.substr(at, end - at), out);
    }
  };
  out += '<';
  for (const Span& variable : value.variables) {
    text_up_to(variable.begin);
    out += variable.begin == 0 ? "" : "~";
    out += value.text.substr(variable.begin, variable.size());
    at = variable.end;
  }
  text_up_to(static_cast<std::uint32_t>(value.text.size()));
  out += '>';
}

}  // namespace

std::string dump(const Criteria& criteria) {
  std::string out = "(";
  out += criteria.resource_type;
  for (const Parameter& parameter : criteria.parameters) {
    out += " (";
    out += parameter.name;
    if (parameter.has_modifier) {
      out += ':';
      out += parameter.modifier;
    }
    if (!parameter.chain.empty()) {
      out += '.';
      out += parameter.chain;
    }
    for (const Value& value : parameter.values) {
      out += ' ';
      dump_value(value, out);
    }
    if (parameter.verbatim) {
      out += ' ';
      dump_verbatim(*parameter.verbatim, out);
    }
    out += ')';
  }
  out += ')';
  return out;
}

}  // namespace fhirwall::grammar::criteria
