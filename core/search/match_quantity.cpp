#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

using fhir::Decimal;
using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

// A value of the resource, with its unit where the criterion asks for one.
struct Point {
  Decimal value;
  const fhir::Unit* unit = nullptr;  // null: the criterion's own
};

// -1, 0, 1: the point against a number in the criterion's unit.
int order(const Point& point, const Decimal& number, const QuantityValue& value) {
  if (point.unit == nullptr) {
    return fhir::compare(point.value, number);
  }
  // The dimensions are equal: QuantityReader looks.
  return fhir::compare(point.value, *point.unit, number, *value.ucum).value_or(0);
}

// Which numbers a value may stand for. Without a bound on a side it has no end there.
struct Span {
  std::optional<Point> low;
  std::optional<Point> high;
  bool low_open = false;
  bool high_open = false;
};

// FHIR R4 search, section 3.1.1.4.5, for the points and Ranges of a resource. With gt, lt, ge, le,
// sa and eb "the implicit precision of the number is ignored"; that of the resource's always is.
bool range_holds(const Span& t, const QuantityValue& v, Prefix prefix) {
  const auto low = [&](const Decimal& number) { return order(*t.low, number, v); };
  const auto high = [&](const Decimal& number) { return order(*t.high, number, v); };
  const auto is_number = [&] {
    return t.low && t.high && low(v.number) == 0 && high(v.number) == 0;
  };
  switch (prefix) {
    case Prefix::kEq: return t.low && t.high && low(v.low) >= 0 && high(v.high) < 0;
    case Prefix::kNe: return !(t.low && t.high && low(v.wide_low) >= 0 && high(v.wide_high) < 0);
    case Prefix::kGt: return !t.high || high(v.number) > 0;
    case Prefix::kLt: return !t.low || low(v.number) < 0;
    case Prefix::kGe: return !t.high || high(v.number) > 0 || is_number();
    case Prefix::kLe: return !t.low || low(v.number) < 0 || is_number();
    case Prefix::kSa: return t.low && low(v.number) > 0;
    case Prefix::kEb: return t.high && high(v.number) < 0;
    case Prefix::kAp: return (!t.low || low(v.high) <= 0) && (!t.high || high(v.low) >= 0);
  }
  return false;
}

// Quantity.comparator: the value lies somewhere in an open half of the line, and nobody knows
// where. What is not true of all of it is not known to be true (SPEC 5.5).
bool unknown_holds(const Span& t, const QuantityValue& v, Prefix prefix) {
  // All of it lies below `number`, or above; `or_equal`: or on it.
  const auto below = [&](const Decimal& number, bool or_equal) {
    const int at = t.high ? order(*t.high, number, v) : 1;
    return at < 0 || (at == 0 && (or_equal || t.high_open));
  };
  const auto above = [&](const Decimal& number, bool or_equal) {
    const int at = t.low ? order(*t.low, number, v) : -1;
    return at > 0 || (at == 0 && (or_equal || t.low_open));
  };
  switch (prefix) {
    case Prefix::kEq:
    case Prefix::kAp: return false;
    case Prefix::kNe: return below(v.wide_low, false) || above(v.wide_high, true);
    case Prefix::kGt:
    case Prefix::kSa: return above(v.number, false);
    case Prefix::kGe: return above(v.number, true);
    case Prefix::kLt:
    case Prefix::kEb: return below(v.number, false);
    case Prefix::kLe: return below(v.number, true);
  }
  return false;
}

// As unknown_holds(), but that the value is not true of any of it.
bool unknown_fails(const Span& t, const QuantityValue& v) {
  switch (v.prefix) {
    case Prefix::kEq: return unknown_holds(t, v, Prefix::kNe);
    case Prefix::kNe: return false;  // all of an open half is never equal
    case Prefix::kGt:
    case Prefix::kSa: return unknown_holds(t, v, Prefix::kLe);
    case Prefix::kGe: return unknown_holds(t, v, Prefix::kLt);
    case Prefix::kLt:
    case Prefix::kEb: return unknown_holds(t, v, Prefix::kGe);
    case Prefix::kLe: return unknown_holds(t, v, Prefix::kGt);
    case Prefix::kAp:
      return (t.high && order(*t.high, v.low, v) < 0) || (t.low && order(*t.low, v.high, v) > 0);
  }
  return false;
}

// Reads what a criterion can be compared with. Whatever is malformed, or has a unit that says
// nothing about the criterion's, has no value: it satisfies nothing, `ne` included (SPEC 5.5).
class QuantityReader {
 public:
  QuantityReader(MatchContext& context, const QuantityValue& value, Clause::Kind kind,
                 Reading reading)
      : document_(context.document),
        scratch_(context.scratch.text),
        value_(value),
        number_(kind == Clause::Kind::kNumber),
        wide_(reading == Reading::kWide) {}

  Verdict match(const Item& item) {
    const fhir::WellKnown& known = fhir::well_known();
    Span span;
    if (item.form == Item::Form::kInteger) {
      span.low = span.high = Point{fhir::decimal_of(item.integer())};
      return verdict(span);
    }
    if (item.form == Item::Form::kDecimal) {
      span.low = span.high = Point{item.decimal()};
      return verdict(span);
    }
    if (item.form != Item::Form::kNode || item.node == kNoNode) {
      return Verdict::kBad;
    }
    if (fhir::is_a(item.type, known.quantity)) {
      return quantity(item.node);
    }
    if (item.type == known.money) {
      return money(item.node, span) ? verdict(span) : Verdict::kBad;
    }
    if (item.type == known.range) {
      return range(item.node, span) ? verdict(span) : Verdict::kBad;
    }
    if (document_.kind(item.node) != json::Kind::kNumber || value_.unit_is != Unit::kAny) {
      return Verdict::kBad;
    }
    const auto number = fhir::parse_decimal(document_.raw(item.node));
    if (!number) {
      return Verdict::kBad;
    }
    span.low = span.high = Point{*number};
    return verdict(span);
  }

 private:
  using Unit = QuantityValue::Unit;

  // In the wider reading equal is whatever `ne` leaves out.
  Verdict verdict(const Span& span) const {
    const bool holds = wide_ && value_.prefix == Prefix::kEq
                           ? !range_holds(span, value_, Prefix::kNe)
                           : range_holds(span, value_, value_.prefix);
    return holds ? Verdict::kYes : Verdict::kNo;
  }

  struct Members {
    NodeIndex value = kNoNode;
    NodeIndex comparator = kNoNode;
    NodeIndex unit = kNoNode;
    NodeIndex system = kNoNode;
    NodeIndex code = kNoNode;
  };

  bool read(NodeIndex object, Members& out) {
    if (!document_.is_object(object)) {
      return false;
    }
    bool good = true;
    for (NodeIndex i = json::Document::first_child(object), end = document_[object].next; i != end;
         i = document_[i].next) {
      const std::string_view key = document_.key(i);
      NodeIndex* member = key == "value"        ? &out.value
                          : key == "comparator" ? &out.comparator
                          : key == "unit"       ? &out.unit
                          : key == "system"     ? &out.system
                          : key == "code"       ? &out.code
                                                : nullptr;
      if (member != nullptr) {
        *member = i;
        good &=
            document_.kind(i) == (member == &out.value ? json::Kind::kNumber : json::Kind::kString);
      }
    }
    return good && out.value != kNoNode;
  }

  // The value of a Quantity in a unit that can be compared; `slot` keeps that unit.
  std::optional<Point> point(const Members& members, std::optional<fhir::Unit>& slot) {
    const auto number = fhir::parse_decimal(document_.raw(members.value));
    if (!number) {
      return std::nullopt;
    }
    Point out{*number};
    switch (value_.unit_is) {
      case Unit::kAny: {
        // A number parameter knows no units: 40 of 100 and 40 % are not the same.
        const bool plain = members.unit == kNoNode &&
                           (members.code == kNoNode || document_.string_is(members.code, "1"));
        return !number_ || plain ? std::optional(out) : std::nullopt;
      }
      case Unit::kText:
        return is_code(members) || is(members.unit) ? std::optional(out) : std::nullopt;
      case Unit::kCoded: break;
    }
    if (members.system == kNoNode || members.code == kNoNode ||
        !document_.string_is(members.system, value_.system)) {
      return std::nullopt;
    }
    if (is_code(members)) {
      return out;
    }
    if (!value_.ucum) {
      return std::nullopt;
    }
    slot = fhir::parse_unit(document_.string(members.code, scratch_));
    if (!slot || !fhir::compare(*number, *slot, value_.number, *value_.ucum)) {
      return std::nullopt;
    }
    out.unit = &*slot;
    return out;
  }

  [[nodiscard]] bool is(NodeIndex text) const {
    return text != kNoNode && document_.string_is(text, value_.code);
  }
  [[nodiscard]] bool is_code(const Members& members) const { return is(members.code); }

  Verdict quantity(NodeIndex node) {
    Members members;
    std::optional<fhir::Unit> unit;
    if (!read(node, members)) {
      return Verdict::kBad;
    }
    const std::optional<Point> at = point(members, unit);
    if (!at) {
      return Verdict::kBad;
    }
    Span span;
    if (members.comparator == kNoNode) {
      span.low = span.high = at;
      return verdict(span);
    }
    const std::string_view comparator = document_.string(members.comparator, scratch_);
    const bool open = comparator.size() == 1;
    if (comparator == "<" || comparator == "<=") {
      span.high = at;
      span.high_open = open;
    } else if (comparator == ">" || comparator == ">=") {
      span.low = at;
      span.low_open = open;
    } else {
      return Verdict::kBad;
    }
    return unknown_holds(span, value_, value_.prefix) ? Verdict::kYes
           : unknown_fails(span, value_)              ? Verdict::kNo
                                                      : Verdict::kBad;
  }

  // Money has a currency, whose code system is ISO 4217 (FHIR R4, section 2.24.0.7).
  bool money(NodeIndex node, Span& out) {
    constexpr std::string_view kCurrencies = "urn:iso:std:iso:4217";
    Members members;
    if (!read(node, members)) {
      return false;
    }
    const NodeIndex currency = document_.find(node, "currency");
    if (currency != kNoNode && !document_.is_string(currency)) {
      return false;
    }
    const bool unit_holds =
        value_.unit_is == Unit::kAny ||
        (is(currency) && (value_.unit_is == Unit::kText || value_.system == kCurrencies));
    const auto number = fhir::parse_decimal(document_.raw(members.value));
    if (!unit_holds || !number) {
      return false;
    }
    out.low = out.high = Point{*number};
    return true;
  }

  // A Range is everything from its low to its high, both included; its ends have no comparator
  // (FHIR R4, section 2.24.0.9).
  bool range(NodeIndex node, Span& out) {
    Members ends[2];
    std::optional<Point> points[2];
    constexpr std::string_view kEnds[] = {"low", "high"};
    for (std::size_t i = 0; i < 2; ++i) {
      const NodeIndex end = document_.find(node, kEnds[i]);
      if (end == kNoNode) {
        continue;
      }
      if (!read(end, ends[i]) || ends[i].comparator != kNoNode) {
        return false;
      }
      points[i] = point(ends[i], units_[i]);
      if (!points[i]) {
        return false;
      }
    }
    out.low = points[0];
    out.high = points[1];
    if (!out.low || !out.high) {
      return out.low || out.high;
    }
    return same(ends[0].code, ends[1].code) && same(ends[0].unit, ends[1].unit) &&
           same(ends[0].system, ends[1].system) &&
           fhir::compare(out.low->value, out.high->value) <= 0;
  }

  bool same(NodeIndex a, NodeIndex b) {
    if (a == kNoNode || b == kNoNode) {
      return a == b;
    }
    return document_.string_is(a, document_.string(b, scratch_));
  }

  const json::Document& document_;
  std::string& scratch_;
  const QuantityValue& value_;
  bool number_;
  bool wide_;
  std::optional<fhir::Unit> units_[2];
};

}  // namespace

Verdict match_quantity(MatchContext& context, const QuantityValue& value, const Item& item,
                       Clause::Kind kind, Reading reading) {
  return QuantityReader(context, value, kind, reading).match(item);
}

}  // namespace fhirwall::search
