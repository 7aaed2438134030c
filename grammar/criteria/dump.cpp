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
    out += ')';
  }
  out += ')';
  return out;
}

}  // namespace fhirwall::grammar::criteria
