#include "core/base/ascii.hpp"
#include "core/fhir/code_system.hpp"
#include "core/search/compiled.hpp"
#include "core/search/fold.hpp"

namespace fhirwall::search {
namespace {

using fhirpath::Item;
using json::kNoNode;
using json::NodeIndex;

// A boolean's implicit system (FHIR R4 search, section 3.1.1.4.10).
constexpr std::string_view kSpecialValues = "http://terminology.hl7.org/CodeSystem/special-values";

// The members of a Coding, Identifier or ContactPoint that tokens look at.
struct Parts {
  NodeIndex system = kNoNode;
  NodeIndex code = kNoNode;     // `value` of an Identifier and ContactPoint
  NodeIndex display = kNoNode;  // of a Coding
  NodeIndex type = kNoNode;     // of an Identifier
  bool bad = false;
};

class TokenMatcher {
 public:
  TokenMatcher(MatchContext& context, const std::vector<TokenValue>& values, Reading reading)
      : document_(context.document),
        scratch_(context.scratch),
        values_(values),
        wide_(reading == Reading::kWide) {}

  Verdict match(const Item& item) {
    const fhir::WellKnown& known = fhir::well_known();
    if (item.form == Item::Form::kBoolean) {
      return match_boolean(item.boolean());
    }
    if (item.form == Item::Form::kTypeName) {
      return any([&](const TokenValue& v) { return code_holds(v, fhir::type_name(item.type)); });
    }
    if (item.form != Item::Form::kNode || item.node == kNoNode) {
      return Verdict::kBad;
    }
    if (item.type == known.codeable_concept) {
      return match_concept(item.node);
    }
    if (item.type == known.coding) {
      return match_coding(item.node);
    }
    if (item.type == known.identifier) {
      return match_identifier(item.node);
    }
    if (item.type == known.contact_point) {
      return match_contact_point(item.node);
    }
    return match_primitive(item);
  }

  Verdict match_identifier(NodeIndex node) {
    const Parts parts = read(node, "value");
    if (parts.bad) {
      return Verdict::kBad;
    }
    Verdict verdict = match_pair(parts.system, parts.code, false);
    if (wide_ && verdict != Verdict::kYes && parts.type != kNoNode) {
      verdict = either(verdict, match_text(document_.find(parts.type, "text")));
    }
    return verdict;
  }

 private:
  template <typename Test>
  Verdict any(const Test& test) {
    for (const TokenValue& value : values_) {
      if (test(value)) {
        return Verdict::kYes;
      }
    }
    return Verdict::kNo;
  }

  static Verdict either(Verdict a, Verdict b) {
    if (a == Verdict::kYes || b == Verdict::kYes) {
      return Verdict::kYes;
    }
    return a == Verdict::kBad || b == Verdict::kBad ? Verdict::kBad : Verdict::kNo;
  }

  [[nodiscard]] bool same_folded(std::string_view text, std::string_view folded_value) {
    scratch_.folded.clear();
    fold(text, scratch_.folded);
    return scratch_.folded == folded_value;
  }

  Verdict match_boolean(bool value) {
    const std::string_view text = value ? "true" : "false";
    return any([&](const TokenValue& v) {
      if (v.any_code || !ascii::equals_ignoring_case(v.code, text)) {
        return v.any_code && v.system == kSpecialValues;
      }
      return wide_ || v.system_is == TokenValue::System::kAny ||
             (v.system_is == TokenValue::System::kGiven && v.system == kSpecialValues);
    });
  }

  // The name of a type, which has a system of its own: with a system, or with `|` for none, neither
  // a test nor, if the code is equal, its negation holds (SPEC 5.5).
  [[nodiscard]] bool code_holds(const TokenValue& v, std::string_view text) {
    if (wide_) {
      return v.any_code || same_folded(text, v.folded_code);
    }
    return v.system_is == TokenValue::System::kAny && v.code == text;
  }

  // A `code` has the system of its binding (SPEC 5.3). Where that is not known, a plain test with a
  // system does not hold, and neither does its negation if the code is equal: both sides deny.
  [[nodiscard]] bool bound_code_holds(const TokenValue& v, std::string_view text,
                                      std::string_view system) {
    switch (v.system_is) {
      case TokenValue::System::kAny: break;
      case TokenValue::System::kNone: return wide_ && code_holds(v, text);
      case TokenValue::System::kGiven:
        if (!wide_) {
          return !system.empty() && v.system == system && (v.any_code || v.code == text);
        }
        if (!system.empty() && !same_folded(system, v.folded_system)) {
          return false;
        }
        break;
    }
    return code_holds(v, text);
  }

  Verdict match_primitive(const Item& item) {
    const fhir::WellKnown& known = fhir::well_known();
    switch (document_.kind(item.node)) {
      case json::Kind::kTrue: return match_boolean(true);
      case json::Kind::kFalse: return match_boolean(false);
      case json::Kind::kString: break;
      case json::Kind::kNumber: {
        const std::string_view text = document_.raw(item.node);
        return any([&](const TokenValue& v) {
          return v.system_is != TokenValue::System::kGiven && v.code == text;
        });
      }
      case json::Kind::kObject:
      case json::Kind::kArray:
      case json::Kind::kNull: return Verdict::kBad;
    }
    // `id` and the uri family have no system; only `code` has one that is implied.
    if (fhir::is_a(item.type, known.code)) {
      const std::string_view text = document_.string(item.node, scratch_.text);
      const fhir::Element* element = item.payload.element;
      const std::string_view system =
          element == nullptr ? std::string_view() : fhir::implicit_system(*element, text);
      return any([&](const TokenValue& v) { return bound_code_holds(v, text, system); });
    }
    return match_pair(kNoNode, item.node, false);
  }

  // [system] and [code] of a complex type; either may be absent.
  Verdict match_pair(NodeIndex system, NodeIndex code, bool ignore_case) {
    if (any_pair(system, code, ignore_case)) {
      return Verdict::kYes;
    }
    return system == kNoNode && code == kNoNode ? Verdict::kBad : Verdict::kNo;
  }

  bool any_pair(NodeIndex system, NodeIndex code, bool ignore_case) {
    for (const TokenValue& v : values_) {
      if (system_holds(v, system) &&
          (v.any_code || (code != kNoNode && text_holds(v, code, ignore_case)))) {
        return true;
      }
    }
    return false;
  }

  bool system_holds(const TokenValue& v, NodeIndex system) {
    switch (v.system_is) {
      case TokenValue::System::kAny: return true;
      case TokenValue::System::kNone: return system == kNoNode;
      case TokenValue::System::kGiven: break;
    }
    if (system == kNoNode) {
      return false;
    }
    if (wide_) {
      return same_folded(document_.string(system, scratch_.text), v.folded_system);
    }
    return document_.string_is(system, v.system);
  }

  bool text_holds(const TokenValue& v, NodeIndex node, bool ignore_case) {
    if (wide_) {
      return same_folded(document_.string(node, scratch_.text), v.folded_code);
    }
    if (ignore_case) {
      return ascii::equals_ignoring_case(document_.string(node, scratch_.text), v.code);
    }
    return document_.string_is(node, v.code);
  }

  // A text, display or type.text counts as a code without system in the wider reading only.
  Verdict match_text(NodeIndex node) {
    if (node == kNoNode) {
      return Verdict::kNo;
    }
    if (!document_.is_string(node)) {
      return Verdict::kBad;
    }
    const std::string_view text = document_.string(node, scratch_.text);
    return any([&](const TokenValue& v) {
      return v.system_is != TokenValue::System::kGiven && same_folded(text, v.folded_code);
    });
  }

  Parts read(NodeIndex object, std::string_view code_key) {
    Parts parts;
    if (!document_.is_object(object)) {
      parts.bad = true;
      return parts;
    }
    for (NodeIndex i = json::Document::first_child(object), end = document_[object].next; i != end;
         i = document_[i].next) {
      const std::string_view key = document_.key(i);
      if (key == code_key) {
        parts.code = i;
        parts.bad |= !document_.is_string(i);
      } else if (key == "system") {
        parts.system = i;
        parts.bad |= !document_.is_string(i);
      } else if (wide_ && key == "display") {
        parts.display = i;
      } else if (wide_ && key == "type") {
        parts.type = i;
      }
    }
    return parts;
  }

  Verdict match_coding(NodeIndex node) {
    const Parts parts = read(node, "code");
    if (parts.bad) {
      return Verdict::kBad;
    }
    Verdict verdict = Verdict::kNo;
    if (parts.system != kNoNode || parts.code != kNoNode || !wide_ || parts.display == kNoNode) {
      verdict = match_pair(parts.system, parts.code, false);
    }
    if (wide_ && verdict != Verdict::kYes) {
      verdict = either(verdict, match_text(parts.display));
    }
    return verdict;
  }

  Verdict match_concept(NodeIndex node) {
    const NodeIndex coding = document_.find(node, "coding");
    const NodeIndex text = document_.find(node, "text");
    Verdict verdict = Verdict::kNo;
    if (coding != kNoNode) {
      if (!document_.is_array(coding)) {
        return Verdict::kBad;
      }
      for (NodeIndex i = json::Document::first_child(coding), end = document_[coding].next;
           i != end && verdict != Verdict::kYes; i = document_[i].next) {
        verdict = either(verdict, match_coding(i));
      }
    }
    if (text == kNoNode && (coding == kNoNode || !document_.has_children(coding))) {
      return Verdict::kBad;  // neither a code nor a text: nothing can be said about it
    }
    if (wide_ && verdict != Verdict::kYes) {
      verdict = either(verdict, match_text(text));
    }
    return verdict;
  }

  Verdict match_contact_point(NodeIndex node) {
    const Parts parts = read(node, "value");
    if (parts.bad) {
      return Verdict::kBad;
    }
    return match_pair(parts.system, parts.code, true);
  }

  const json::Document& document_;
  Scratch& scratch_;
  const std::vector<TokenValue>& values_;
  bool wide_;
};

}  // namespace

Verdict match_token(MatchContext& context, const Item& item, const Clause& clause,
                    Reading reading) {
  return TokenMatcher(context, clause.tokens, reading).match(item);
}

// `:identifier` on a reference: Reference.identifier as a token (FHIR R4 search,
// section 3.1.1.4.12).
Verdict match_identifier(MatchContext& context, const Item& reference, const Clause& clause) {
  if (reference.form != Item::Form::kNode || reference.node == kNoNode ||
      reference.type != fhir::well_known().reference) {
    return Verdict::kBad;
  }
  const NodeIndex identifier = context.document.find(reference.node, "identifier");
  if (identifier == kNoNode) {
    return Verdict::kNo;
  }
  return TokenMatcher(context, clause.tokens, Reading::kPlain).match_identifier(identifier);
}

}  // namespace fhirwall::search
