#include <algorithm>
#include <array>
#include <optional>

#include "core/base/concat.hpp"
#include "core/search/compile_clause.hpp"
#include "grammar/filter/parse.hpp"

// `_filter=...` (SPEC 5.7; FHIR R4, section 3.1.3).
namespace fhirwall::search {
namespace {

using grammar::filter::Comparison;
using grammar::filter::kComparisonWords;
using grammar::filter::Step;
using grammar::filter::Value;
using Kind = Clause::Kind;
using Tree = grammar::filter::Filter;

constexpr std::uint32_t mask(std::initializer_list<Comparison> comparisons) {
  std::uint32_t out = 0;
  for (const Comparison comparison : comparisons) {
    out |= 1U << static_cast<unsigned>(comparison);
  }
  return out;
}

constexpr std::uint32_t kEquality = mask({Comparison::kEq, Comparison::kNe});
constexpr std::uint32_t kPresence = mask({Comparison::kPr});
constexpr std::uint32_t kOrder =
    mask({Comparison::kGt, Comparison::kLt, Comparison::kGe, Comparison::kLe, Comparison::kAp,
          Comparison::kSa, Comparison::kEb});

// What the table of FHIR R4, section 3.1.3.3, gives to each type, as far as criteria can say it by
// a prefix or modifier (SPEC 5.7). `po` is the overlap of periods, `re` a reference to a url.
std::uint32_t comparisons_of(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return kEquality | kPresence | mask({Comparison::kCo, Comparison::kSw, Comparison::kEw});
    case Kind::kDate: return kEquality | kPresence | kOrder | mask({Comparison::kPo});
    case Kind::kNumber:
    case Kind::kQuantity: return kEquality | kPresence | kOrder;
    case Kind::kReference: return kEquality | kPresence | mask({Comparison::kRe});
    case Kind::kCompartment:
    case Kind::kAccount:
    case Kind::kProject: return kEquality;
    case Kind::kToken:
    case Kind::kUri:
    case Kind::kComposite:
    case Kind::kOfType:
    case Kind::kText:
    case Kind::kIdentifier:
    case Kind::kUriAbove:
    case Kind::kUriBelow:
    case Kind::kMissing:
    case Kind::kFilter:
    case Kind::kChain:
    case Kind::kHas: break;
  }
  return kEquality | kPresence;
}

bool needs_terminology(Comparison comparison) {
  return comparison == Comparison::kSs || comparison == Comparison::kSb ||
         comparison == Comparison::kIn;
}

std::string_view word(Comparison comparison) {
  return kComparisonWords[static_cast<std::size_t>(comparison)];
}

bool is_ordered(Kind kind) {
  return kind == Kind::kDate || kind == Kind::kNumber || kind == Kind::kQuantity;
}

// The signs that separate the parts of a value.
std::string_view separators(Kind kind) {
  const bool pipe = kind == Kind::kToken || kind == Kind::kQuantity || kind == Kind::kReference;
  return kind == Kind::kComposite ? "|$" : pipe ? "|" : "";
}

// "For convenience, the codes [...] are predefined and can be used in place of their associated
// full namespace" (FHIR R4, section 3.1.3.3).
std::string_view full_namespace(std::string_view system) {
  constexpr std::pair<std::string_view, std::string_view> kSystems[] = {
      {"loinc", "http://loinc.org"},
      {"snomed", "http://snomed.info/sct"},
      {"rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"},
      {"ucum", "http://unitsofmeasure.org"}};
  for (const auto& [name, full] : kSystems) {
    if (name == system) {
      return full;
    }
  }
  return system;
}

class FilterCompiler {
 public:
  FilterCompiler(const grammar::criteria::Verbatim& verbatim, Lowering& lowering)
      : verbatim_(verbatim), lowering_(lowering) {}

  // `not` goes down to the comparisons by De Morgan's laws, so that each is negated as `:not` is:
  // carefully (SPEC 5.5). What a malformed element makes unknown thus holds in neither form.
  void lower(const Tree& tree, bool negated, Filter& out) {
    switch (tree.kind) {
      case grammar::filter::Kind::kNot: lower(tree.children.front(), !negated, out); return;
      case grammar::filter::Kind::kAnd:
      case grammar::filter::Kind::kOr:
        out.op = (tree.kind == grammar::filter::Kind::kAnd) != negated ? Filter::Op::kAnd
                                                                       : Filter::Op::kOr;
        for (const Tree& child : tree.children) {
          lower(child, negated, out.children.emplace_back());
        }
        return;
      case grammar::filter::Kind::kComparison:
        compare(tree, negated, out.test.emplace_back());
        return;
    }
  }

  // The text with variables bound, each as a string: a value that holds no syntax.
  void append_bound(std::string& out) {
    std::uint32_t at = 0;
    const auto append = [&](std::uint32_t end) {
      append_criteria_name(std::string_view(verbatim_.text).substr(at, end - at), out);
    };
    for (const Span& span : verbatim_.variables) {
      append(span.begin);
      at = span.end;
      BoundValue value;
      if (bind_variable(span, value)) {
        append_criteria_name(quoted(value.text()), out);
      }
    }
    append(static_cast<std::uint32_t>(verbatim_.text.size()));
  }

 private:
  // INVARIANT: what is written reads as one text, whatever the parameter (see separated()).
  static std::string quoted(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || c == '|' || c == '$') {
        out += "\\u00";
        out += kHex[byte >> 4];
        out += kHex[byte & 0xF];
        continue;
      }
      if (c == '"' || c == '\\') {
        out += '\\';
      }
      out += c;
    }
    out += '"';
    return out;
  }

  [[nodiscard]] std::uint32_t place(std::uint32_t offset) const {
    return verbatim_.place_of(offset);
  }
  [[nodiscard]] std::string_view written(const Span& span) const {
    return std::string_view(verbatim_.text).substr(span.begin, span.size());
  }
  void error(IssueCode code, std::uint32_t offset, std::string message) {
    lowering_.reporter.error(code, place(offset), std::move(message));
  }

  bool bind_variable(const Span& span, BoundValue& out) {
    using grammar::criteria::Piece;
    std::string_view name = written(span).substr(1);
    const bool is_id = name.ends_with(".id");
    name.remove_suffix(is_id ? 3 : 0);
    const Span at{place(span.begin), place(span.end)};
    grammar::criteria::Value value;
    value.pieces.push_back(
        {is_id ? Piece::Kind::kVariableId : Piece::Kind::kVariable, std::string(name), at});
    value.span = at;
    return bind(value, lowering_.options, lowering_.reporter, out);
  }

  // A word with its separators as they are in criteria. Prefixes are left to the comparison, but
  // those of the parts of a composite.
  BoundValue separated(const Value& value, Kind kind) {
    const std::string_view signs = separators(kind);
    const auto text_kind =
        kind == Kind::kComposite ? BoundPiece::Kind::kText : BoundPiece::Kind::kLiteral;
    BoundValue out;
    for (std::size_t at = 0; at <= value.text.size();) {
      const std::size_t sign =
          signs.empty() ? value.text.size()
                        : std::min(value.text.find_first_of(signs, at), value.text.size());
      const auto offset = static_cast<std::uint32_t>(value.span.begin + at);
      std::string_view part = std::string_view(value.text).substr(at, sign - at);
      const bool pipe = sign < value.text.size() && value.text[sign] == '|';
      if (pipe && kind != Kind::kReference) {
        part = full_namespace(part);
      }
      if (!part.empty()) {
        out.pieces.push_back({text_kind, std::string(part), place(offset)});
      }
      if (sign < value.text.size()) {
        out.pieces.push_back({pipe ? BoundPiece::Kind::kPipe : BoundPiece::Kind::kDollar,
                              {},
                              place(static_cast<std::uint32_t>(value.span.begin + sign))});
      }
      at = sign + 1;
    }
    return out;
  }

  bool bound_value(const Value& value, Kind kind, BoundValue& out) {
    switch (value.kind) {
      case Value::Kind::kVariable:
      case Value::Kind::kVariableId: return bind_variable(value.span, out);
      case Value::Kind::kString:
        if (value.text.empty()) {
          error(IssueCode::kInvalidValue, value.span.begin, "the value is empty");
          return false;
        }
        // FHIR says that strings and words are alike, JSON that a string is one text: a negation of
        // the one would hold where the other is meant.
        if (written(value.span).find_first_of(separators(kind)) != std::string_view::npos) {
          error(IssueCode::kInvalidValue, value.span.begin,
                "`|` and `$` in quotes are unclear: no quotes if they separate, else `\\u007c` and "
                "`\\u0024`");
          return false;
        }
        out.pieces.push_back({BoundPiece::Kind::kLiteral, value.text, place(value.span.begin)});
        break;
      case Value::Kind::kWord:
      case Value::Kind::kToken:
        // Alternatives elsewhere (SPEC 5.4), but no part of the language of filters.
        if (value.text.find(',') != std::string::npos) {
          error(IssueCode::kInvalidValue, value.span.begin,
                "a comma separates nothing here: use `or`, or quotes around the value");
          return false;
        }
        [[fallthrough]];
      case Value::Kind::kNumber:
      case Value::Kind::kDate: out = separated(value, kind); break;
    }
    out.offset = place(value.span.begin);
    return true;
  }

  bool takes(const Tree& tree, std::string_view name, Kind kind) {
    const std::uint32_t comparisons = comparisons_of(kind);
    const std::string_view given = word(tree.comparison);
    std::string message = concat("`", given, "` needs a terminology server");
    if (!needs_terminology(tree.comparison)) {
      if ((comparisons >> static_cast<unsigned>(tree.comparison) & 1) != 0) {
        return true;
      }
      message = concat("`", name, "` does not take `", given, "`; it takes ");
      std::string_view comma;
      for (std::size_t i = 0; i < std::size(kComparisonWords); ++i) {
        if ((comparisons >> i & 1) != 0) {
          message += concat(comma, "`", kComparisonWords[i], "`");
          comma = ", ";
        }
      }
    }
    error(IssueCode::kUnsupportedModifier, tree.comparison_span.begin, std::move(message));
    return false;
  }

  void compare(const Tree& tree, bool negated, Clause& out) {
    const Step& step = tree.path.front();
    if (tree.path.size() > 1 || !step.where.empty()) {
      error(IssueCode::kUnsupportedParameter, step.name_span.end,
            "a path in `_filter` reads other elements or resources");
      return;
    }
    const fhir::TypeId type = lowering_.criteria.type;
    const Param param = find_param(type, step.name, lowering_.options.custom.get());
    Kind kind = Kind::kMissing;  // unknown or special: start_clause says so
    if (param && param.type() != fhir::ParamType::kSpecial) {
      kind = kind_of(param);
      if (!takes(tree, step.name, kind)) {
        return;
      }
    }
    const bool presence = tree.comparison == Comparison::kPr;
    const bool unequal = tree.comparison == Comparison::kNe;
    const bool ordered = is_ordered(kind);
    // Of dates, numbers and quantities `ne` is a comparison of its own, whose negation is `eq`; of
    // the others it is `:not`.
    const bool negate = !presence && (ordered ? negated && !unequal : negated != unequal);
    ParameterName name;
    name.name = step.name;
    name.name_offset = name.offset = place(step.name_span.begin);
    name.has_modifier = presence || (negate && !ordered);
    name.modifier = presence ? "missing" : "not";
    name.modifier_offset = place(tree.comparison_span.begin);
    ClauseStart start;
    BoundValue value;
    if (!start_clause(name, type, lowering_, start) || !bound_value(tree.value, kind, value)) {
      return;
    }
    Clause& clause = start.clause;
    if (presence) {
      const std::string text = value.text();
      if (text != "true" && text != "false") {
        error(IssueCode::kInvalidValue, tree.value.span.begin, "`pr` takes `true` or `false` only");
        return;
      }
      clause.missing = (text == "false") != negated;
      out = std::move(clause);
      return;
    }
    clause.negate = negate;
    if (ordered) {
      const Comparison prefix = unequal && negated                   ? Comparison::kEq
                                : tree.comparison == Comparison::kPo ? Comparison::kAp
                                                                     : tree.comparison;
      value.pieces.insert(value.pieces.begin(),
                          {BoundPiece::Kind::kText, std::string(word(prefix)), value.offset});
    }
    if (kind == Kind::kString) {
      clause.mode = tree.comparison == Comparison::kSw   ? StringMode::kStartsWith
                    : tree.comparison == Comparison::kCo ? StringMode::kContains
                    : tree.comparison == Comparison::kEw ? StringMode::kEndsWith
                                                         : StringMode::kWhole;
    }
    finish_clause({&value, 1}, name, lowering_, start);
    out = std::move(clause);
  }

  const grammar::criteria::Verbatim& verbatim_;
  Lowering& lowering_;
};

}  // namespace

bool compile_filter(const grammar::criteria::Parameter& parameter, Lowering& lowering,
                    Clause& clause) {
  const grammar::criteria::Verbatim& verbatim = *parameter.verbatim;
  Reporter& reporter = lowering.reporter;
  if (parameter.has_modifier) {
    reporter.error(IssueCode::kUnsupportedModifier, parameter.modifier_span.begin,
                   "`_filter` takes no modifier");
    return false;
  }
  const Limits& limits = lowering.options.limits;
  grammar::filter::ParseLimits bounds;
  bounds.max_bytes = limits.max_expression_bytes;
  bounds.max_nesting = limits.max_expression_nesting;
  const auto parsed = grammar::filter::parse(verbatim.text, verbatim.variables, bounds);
  if (!parsed.ok()) {
    const grammar::SyntaxError& error = parsed.error();
    reporter.error(error.limit ? IssueCode::kLimitExceeded : IssueCode::kCriteriaSyntax,
                   verbatim.place_of(error.offset), concat("expected ", error.expected));
    return false;
  }
  FilterCompiler compiler(verbatim, lowering);
  clause.kind = Clause::Kind::kFilter;
  compiler.lower(parsed.value(), false, clause.filter.emplace_back());
  if (!reporter.failed()) {
    compiler.append_bound(lowering.criteria.bound_text);
  }
  return !reporter.failed();
}

}  // namespace fhirwall::search
