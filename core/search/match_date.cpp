#include <algorithm>
#include <optional>

#include "core/search/compiled.hpp"

namespace fhirwall::search {
namespace {

using fhir::Interval;
using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

class DateReader {
 public:
  explicit DateReader(MatchContext& context)
      : document_(context.document), scratch_(context.scratch.text) {}

  bool text(NodeIndex node, Interval& out) {
    if (!document_.is_string(node)) {
      return false;
    }
    const std::optional<Interval> parsed =
        fhir::parse_datetime(document_.string(node, scratch_), fhir::TimeForm::kResource);
    if (!parsed) {
      return false;
    }
    out = *parsed;
    return true;
  }

  // A missing start or end is open (FHIR R4 search, section 3.1.1.4.6: "if the start or end is
  // missing, the period is unbounded"). A Period with neither says nothing.
  bool period(NodeIndex node, Interval& out) {
    if (!document_.is_object(node)) {
      return false;
    }
    const NodeIndex start = document_.find(node, "start");
    const NodeIndex end = document_.find(node, "end");
    if (start == kNoNode && end == kNoNode) {
      return false;
    }
    Interval first{fhir::kBeginningOfTime, fhir::kBeginningOfTime};
    Interval last{fhir::kEndOfTime, fhir::kEndOfTime};
    if ((start != kNoNode && !text(start, first)) || (end != kNoNode && !text(end, last))) {
      return false;
    }
    out = {first.begin, last.end};
    return out.begin < out.end;
  }

  // The hull of `event` and `repeat.boundsPeriod`: from the first possible instant to the last. A
  // Timing with other bounds has no place in time.
  bool timing(NodeIndex node, Interval& out) {
    if (!document_.is_object(node)) {
      return false;
    }
    bool any = false;
    const NodeIndex event = document_.find(node, "event");
    if (event != kNoNode) {
      if (!document_.is_array(event)) {
        return false;
      }
      for (NodeIndex i = json::Document::first_child(event), end = document_[event].next; i != end;
           i = document_[i].next) {
        Interval one;
        if (!text(i, one)) {
          return false;
        }
        widen(any, out, one);
      }
    }
    const NodeIndex repeat = document_.find(node, "repeat");
    const NodeIndex bounds = repeat == kNoNode ? kNoNode : document_.find(repeat, "boundsPeriod");
    if (bounds != kNoNode) {
      Interval one;
      if (!period(bounds, one)) {
        return false;
      }
      widen(any, out, one);
    }
    return any;
  }

 private:
  static void widen(bool& any, Interval& out, const Interval& one) {
    out = any ? Interval{std::min(out.begin, one.begin), std::max(out.end, one.end)} : one;
    any = true;
  }

  const json::Document& document_;
  std::string& scratch_;
};

}  // namespace

bool interval_of(MatchContext& context, const Item& item, Interval& out) {
  if (item.form != Item::Form::kNode || item.node == kNoNode) {
    return false;
  }
  DateReader reader(context);
  if (item.type == fhir::well_known().period) {
    return reader.period(item.node, out);
  }
  if (item.type == fhir::well_known().timing) {
    return reader.timing(item.node, out);
  }
  return reader.text(item.node, out);
}

// FHIR R4 search, section 3.1.1.4.5 and 3.1.1.4.6. `s` is the search value's interval, `t` the
// resource's; half-open, so "below s" is everything before s.begin and "above s" starts at s.end.
bool date_holds(const DateValue& value, const Interval& t) {
  const Interval& s = value.interval;
  const bool contains = s.begin <= t.begin && t.end <= s.end;
  switch (value.prefix) {
    // "the range of the search value fully contains the range of the target value"
    case Prefix::kEq: return contains;
    // "the range of the search value does not fully contain the range of the target value"
    case Prefix::kNe: return !contains;
    // "the range above the search value intersects (i.e. overlaps) with the range of the target"
    case Prefix::kGt: return t.end > s.end;
    // "the range below the search value intersects (i.e. overlaps) with the range of the target"
    case Prefix::kLt: return t.begin < s.begin;
    // as gt, "or the range of the search value fully contains the range of the target value"
    case Prefix::kGe: return t.end > s.end || contains;
    // as lt, "or the range of the search value fully contains the range of the target value"
    case Prefix::kLe: return t.begin < s.begin || contains;
    // "the range of the search value does not overlap with the range of the target value, and the
    // range above the search value contains the range of the target value"
    case Prefix::kSa: return t.begin >= s.end;
    // likewise below
    case Prefix::kEb: return t.end <= s.begin;
    // SPEC 5.3: overlap, no tolerance
    case Prefix::kAp: return t.begin < s.end && s.begin < t.end;
  }
  return false;
}

}  // namespace fhirwall::search
