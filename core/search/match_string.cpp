#include "core/base/ascii.hpp"
#include "core/search/compiled.hpp"
#include "core/search/fold.hpp"

namespace fhirwall::search {
namespace {

using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

// Parts of a HumanName and an Address, each of which may match by itself (FHIR R4 search, section
// 3.1.1.4.8). `use`, `type` and `period` are not text.
constexpr std::string_view kNameParts[] = {"text", "prefix", "given", "family", "suffix"};
constexpr std::string_view kAddressParts[] = {"text",  "line",       "city",   "district",
                                              "state", "postalCode", "country"};

class StringMatcher {
 public:
  StringMatcher(MatchContext& context, const Clause& clause, Reading reading)
      : document_(context.document),
        scratch_(context.scratch),
        clause_(clause),
        wide_(reading == Reading::kWide) {}

  Verdict match(const Item& item) {
    const fhir::WellKnown& known = fhir::well_known();
    if (item.form != Item::Form::kNode || item.node == kNoNode) {
      return Verdict::kBad;
    }
    if (document_.is_string(item.node)) {
      return match_text(item.node);
    }
    if (item.type == known.human_name) {
      return match_parts(item.node, kNameParts);
    }
    if (item.type == known.address) {
      return match_parts(item.node, kAddressParts);
    }
    return Verdict::kBad;
  }

 private:
  Verdict match_text(NodeIndex node) {
    const std::string_view text = document_.string(node, scratch_.text);
    if (wide_) {
      scratch_.folded.clear();
      fold(text, scratch_.folded);
    }
    for (const StringValue& value : clause_.strings) {
      if (wide_ ? scratch_.folded.find(value.folded) != std::string::npos : holds(value, text)) {
        return Verdict::kYes;
      }
    }
    return Verdict::kNo;
  }

  bool holds(const StringValue& value, std::string_view text) {
    switch (clause_.mode) {
      case StringMode::kStartsWith: return folded_starts_with(text, value.folded, scratch_.folded);
      case StringMode::kExact: return text == value.text;
      case StringMode::kContains:
      case StringMode::kWhole:
      case StringMode::kEndsWith: break;
    }
    const std::string& folded = scratch_.folded;
    scratch_.folded.clear();
    fold(text, scratch_.folded);
    return clause_.mode == StringMode::kWhole      ? folded == value.folded
           : clause_.mode == StringMode::kEndsWith ? folded.ends_with(value.folded)
                                                   : folded.find(value.folded) != std::string::npos;
  }

  template <std::size_t N>
  Verdict match_parts(NodeIndex object, const std::string_view (&names)[N]) {
    bool bad = false;
    bool any = false;
    for (NodeIndex i = json::Document::first_child(object), end = document_[object].next; i != end;
         i = document_[i].next) {
      if (!is_part(document_.key(i), names)) {
        continue;
      }
      any = true;
      const bool array = document_.is_array(i);
      const NodeIndex last = array ? document_[i].next : i + 1;
      for (NodeIndex part = array ? i + 1 : i; part != last; part = document_[part].next) {
        if (!document_.is_string(part)) {
          bad |= document_.kind(part) != json::Kind::kNull;
        } else if (match_text(part) == Verdict::kYes) {
          return Verdict::kYes;
        }
        if (!array) {
          break;
        }
      }
    }
    if (wide_ && matches_as_one_text(object, names)) {
      return Verdict::kYes;
    }
    return bad || !any ? Verdict::kBad : Verdict::kNo;
  }

  template <std::size_t N>
  static bool is_part(std::string_view key, const std::string_view (&names)[N]) {
    for (const std::string_view name : names) {
      if (key == name) {
        return true;
      }
    }
    return false;
  }

  // The reference formats a name or address as one text and searches that. Its separators are
  // spaces and commas, so both sides are compared with every run of them as one space.
  template <std::size_t N>
  bool matches_as_one_text(NodeIndex object, const std::string_view (&names)[N]) {
    scratch_.folded.clear();
    for (std::size_t n = 1; n < N; ++n) {  // `text` has been looked at by itself
      const NodeIndex part = document_.find(object, names[n]);
      if (part == kNoNode) {
        continue;
      }
      if (document_.is_array(part)) {
        for (NodeIndex i = part + 1, end = document_[part].next; i != end; i = document_[i].next) {
          append_part(i);
        }
      } else {
        append_part(part);
      }
    }
    single_spaced(scratch_.folded, scratch_.text);
    for (const StringValue& value : clause_.strings) {
      if (scratch_.text.find(value.spaced) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  void append_part(NodeIndex node) {
    if (document_.is_string(node)) {
      fold(document_.string(node, scratch_.text), scratch_.folded);
      scratch_.folded += ' ';
    }
  }

  const json::Document& document_;
  Scratch& scratch_;
  const Clause& clause_;
  bool wide_;
};

}  // namespace

void single_spaced(std::string_view text, std::string& out) {
  out.clear();
  for (const char c : text) {
    const bool separator = c == ',' || ascii::is_space(c);
    if (!separator) {
      out += c;
    } else if (out.empty() || out.back() != ' ') {
      out += ' ';
    }
  }
}

Verdict match_string(MatchContext& context, const Item& item, const Clause& clause,
                     Reading reading) {
  return StringMatcher(context, clause, reading).match(item);
}

}  // namespace fhirwall::search
