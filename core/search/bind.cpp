#include "core/search/bind.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace fhirwall::search {
namespace {

using grammar::criteria::Piece;

// FHIR R4 search, section 3.1.1.4.5; in the order of Prefix.
constexpr std::string_view kPrefixes[] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
static_assert(std::size(kPrefixes) == static_cast<std::size_t>(Prefix::kAp) + 1);

void append_form_encoded(char c, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  // What the query or form decoding would read as something else (SPEC 5.4).
  constexpr std::string_view kSpecial = "%&+#?=;";
  if (byte > 0x20 && byte != 0x7F && kSpecial.find(c) == std::string_view::npos) {
    out += c;
    return;
  }
  out += '%';
  out += kHex[byte >> 4];
  out += kHex[byte & 0xF];
}

std::string variable_name(const Piece& piece) {
  return "`%" + piece.text + (piece.kind == Piece::Kind::kVariableId ? ".id`" : "`");
}

}  // namespace

std::string BoundValue::text() const {
  std::string out;
  for (const BoundPiece& piece : pieces) {
    switch (piece.kind) {
      case BoundPiece::Kind::kText:
      case BoundPiece::Kind::kLiteral: out += piece.text; break;
      case BoundPiece::Kind::kPipe: out += '|'; break;
      case BoundPiece::Kind::kDollar: out += '$'; break;
    }
  }
  return out;
}

std::vector<std::string> BoundValue::parts() const {
  std::vector<std::string> out(1);
  for (const BoundPiece& piece : pieces) {
    if (piece.kind == BoundPiece::Kind::kPipe) {
      out.emplace_back();
    } else {
      out.back() += piece.kind == BoundPiece::Kind::kDollar ? "$" : piece.text;
    }
  }
  return out;
}

std::span<const std::string_view> prefix_names() { return kPrefixes; }

Prefix BoundValue::take_prefix() {
  if (pieces.empty() || pieces.front().kind != BoundPiece::Kind::kText) {
    return Prefix::kEq;
  }
  BoundPiece& front = pieces.front();
  for (std::size_t i = 0; i < std::size(kPrefixes); ++i) {
    if (front.text.starts_with(kPrefixes[i])) {
      front.text.erase(0, kPrefixes[i].size());
      return static_cast<Prefix>(i);
    }
  }
  return Prefix::kEq;
}

std::vector<BoundValue> BoundValue::split() const {
  std::vector<BoundValue> out(1);
  out.back().offset = offset;
  for (const BoundPiece& piece : pieces) {
    if (piece.kind == BoundPiece::Kind::kDollar) {
      out.emplace_back().offset = piece.offset + 1;
    } else {
      out.back().pieces.push_back(piece);
    }
  }
  return out;
}

bool bind(const grammar::criteria::Value& value, const CompileOptions& options, Reporter& reporter,
          BoundValue& out) {
  out.offset = value.span.begin;
  bool bound = true;
  for (const Piece& piece : value.pieces) {
    switch (piece.kind) {
      case Piece::Kind::kText:
        out.pieces.push_back({BoundPiece::Kind::kText, piece.text, piece.span.begin});
        continue;
      case Piece::Kind::kPipe:
        out.pieces.push_back({BoundPiece::Kind::kPipe, {}, piece.span.begin});
        continue;
      case Piece::Kind::kDollar:
        out.pieces.push_back({BoundPiece::Kind::kDollar, {}, piece.span.begin});
        continue;
      case Piece::Kind::kVariable:
      case Piece::Kind::kVariableId: break;
    }
    const auto binding =
        std::find_if(options.bindings.begin(), options.bindings.end(),
                     [&](const Binding& candidate) { return candidate.name == piece.text; });
    const bool found = binding != options.bindings.end();
    const std::string text = !found                                   ? std::string()
                             : piece.kind == Piece::Kind::kVariableId ? binding->id
                                                                      : binding->value;
    if (text.empty()) {
      bound = false;
      const bool no_id = found && piece.kind == Piece::Kind::kVariableId && !binding->value.empty();
      reporter.error(IssueCode::kUnboundVariable, piece.span.begin,
                     variable_name(piece) + (no_id ? " needs a reference" : " has no value"));
      continue;
    }
    out.pieces.push_back({BoundPiece::Kind::kLiteral, text, piece.span.begin});
  }
  if (bound && out.pieces.empty()) {
    reporter.error(IssueCode::kInvalidValue, value.span.begin, "the value is empty");
    return false;
  }
  return bound;
}

void append_criteria_value(const BoundValue& value, std::string& out) {
  for (const BoundPiece& piece : value.pieces) {
    if (piece.kind == BoundPiece::Kind::kPipe || piece.kind == BoundPiece::Kind::kDollar) {
      out += piece.kind == BoundPiece::Kind::kPipe ? '|' : '$';
      continue;
    }
    for (const char c : piece.text) {
      if (c == '\\' || c == ',' || c == '|' || c == '$') {
        out += '\\';
      }
      append_form_encoded(c, out);
    }
  }
}

void append_criteria_name(std::string_view name, std::string& out) {
  for (const char c : name) {
    append_form_encoded(c, out);
  }
}

}  // namespace fhirwall::search
