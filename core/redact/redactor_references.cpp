#include <algorithm>
#include <cstddef>
#include <string>

#include "core/base/sort.hpp"
#include "core/fhir/reference.hpp"
#include "core/redact/closure_tables.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {
namespace {

using fhir::ReferenceParts;
using fhir::TypeId;
using json::Document;
using json::NodeIndex;

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 0x811C9DC5u;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193u;
  }
  return hash;
}

// The last resource type that stands between slashes in a text, in front of any query or fragment:
// `http://other.org/Patient/1`, `Patient?identifier=1`, the url of a profile.
TypeId type_in(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#|"));
  while (!text.empty()) {
    const std::size_t slash = text.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    if (const TypeId type = fhir::find_resource_type(text.substr(begin)); type != TypeId::kNone) {
      return type;
    }
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return TypeId::kNone;
}

// Adds up what goes for each type that the Reference may name. SPEC 7.3 (c): any of them is enough.
struct Verdict {
  const Closure& closure;
  bool display = false;
  bool identifier = false;
  bool said = false;

  void add(TypeId type, bool readable) {
    const TypeFacts& facts = closure.of(type);
    display = display || facts.labels_hidden || !readable;
    identifier = identifier || facts.identifier_hidden || !readable;
    said = true;
  }
  void add(TypeId type) { add(type, !closure.unreadable(type)); }
  // Every type that the element allows.
  void add_allowed(const fhir::Element* element) {
    const auto allowed =
        element != nullptr ? fhir::reference_targets(*element) : std::span<const TypeId>{};
    if (allowed.empty()) {
      display = display || closure.any_display;
      identifier = identifier || closure.any_identifier;
    }
    for (const TypeId type : allowed) {
      add(type);
    }
  }
};

// Does the plan hide the value of that part of the Reference at `trie`?
bool hides_part(const Plan& plan, std::uint32_t trie, std::string_view name) {
  return trie != kNoTrie && std::any_of(plan.nodes[trie].edges.begin(),
                                        plan.nodes[trie].edges.end(), [&](const Edge& edge) {
                                          return edge.element->name == name &&
                                                 edge.node != kNoTrie && plan.nodes[edge.node].cut;
                                        });
}

}  // namespace

// What goes of a Reference in `element`, judged by those of its parts that stay (SPEC P3).
ReferenceCuts Redactor::cuts_of(NodeIndex reference, const fhir::Element* element,
                                std::uint32_t trie) {
  const Document& document = *document_;
  ReferenceCuts cuts;
  cuts.flat = document.has_children(reference);
  bool labelled = false;  // there is something that can be cut
  NodeIndex text_node = json::kNoNode;
  NodeIndex type_node = json::kNoNode;
  for (NodeIndex node = Document::first_child(reference), end = document[reference].next;
       node != end; node = document[node].next) {
    const std::string_view key = document.key(node);
    cuts.flat = cuts.flat && !document.is_object(node) && !document.is_array(node);
    if (key == "reference") {
      text_node = node;
    } else if (key == "type") {
      type_node = node;
    } else if (key == "display" || key == "_display" || key == "identifier" ||
               key == "_identifier") {
      labelled = true;
    }
  }
  const bool text_hidden = hides_part(*plan_, trie, "reference");
  const bool type_hidden = hides_part(*plan_, trie, "type");
  std::string scratch;
  std::string_view text;
  const bool malformed =
      !text_hidden && text_node != json::kNoNode && !document.is_string(text_node);
  if (!text_hidden && text_node != json::kNoNode && !malformed) {
    text = document.string(text_node, scratch);
  }

  Verdict verdict{*closure_};
  bool all = text_hidden || type_hidden || malformed;
  TypeId fragment = TypeId::kNone;
  if (text.starts_with('#')) {
    fragment = text.size() == 1 ? scopes_[scope().owner].plan->type : fragment_type(text.substr(1));
    if (fragment == TypeId::kNone && names_cut_contained()) {
      cuts.whole = true;  // SPEC 7.5
      return cuts;
    }
  }
  if (!labelled || !closure_->facts.cuts_displays) {
    return cuts;
  }
  if (fragment != TypeId::kNone) {
    verdict.add(fragment, true);  // it stays, so the caller reads it
  } else if (!text.empty() && !text.starts_with('#')) {
    const ReferenceParts parts = fhir::parse_reference(text, closure_->base_urls());
    if (parts.form == ReferenceParts::Form::kTypeId) {
      const Readable person = closure_->of(parts.type).person;
      verdict.add(parts.type, person == Readable::kAlways || (person == Readable::kByReference &&
                                                              judge_->reads(parts.type, text)));
    } else if (parts.form != ReferenceParts::Form::kUrn) {
      // A query may find anybody whom its type allows; a url elsewhere names nobody known here.
      const TypeId type = type_in(text);
      if (type != TypeId::kNone) {
        verdict.add(type,
                    !closure_->unreadable(type) && (parts.form != ReferenceParts::Form::kAbsolute ||
                                                    !closure_->is_person(type)));
      }
      all = all || type == TypeId::kNone || parts.form == ReferenceParts::Form::kOther;
    }
  }
  if (!type_hidden && type_node != json::kNoNode && document.is_string(type_node)) {
    std::string type_scratch;
    const TypeId type = type_in(document.string(type_node, type_scratch));
    // What the text says of the same type says more.
    if (type != TypeId::kNone && type != fragment) {
      const bool known = !text.empty() && fragment == TypeId::kNone &&
                         fhir::parse_reference(text, closure_->base_urls()).type == type;
      if (!known) {
        verdict.add(type);
      }
    }
  }
  if (all || !verdict.said) {
    verdict.add_allowed(element);
  }
  cuts.display = verdict.display;
  cuts.identifier = verdict.identifier;
  return cuts;
}

// A value that stands for a Reference and is no object: nothing in it says whom it names.
bool Redactor::cuts_wrong_reference(const fhir::Element* element) const {
  if (!closure_->facts.cuts_displays) {
    return false;
  }
  Verdict verdict{*closure_};
  verdict.add_allowed(element);
  return verdict.display || verdict.identifier;
}

// Is a `#` reference here that names nothing one to a contained resource that was cut (SPEC 7.5)?
bool Redactor::names_cut_contained() const {
  const Plan& plan = *scopes_[scope().owner].plan;
  return closure_->facts.cuts_contained || hides_part(plan, 0, "contained");
}

// The type of the contained resource of that id, if it stays and is the only one.
TypeId Redactor::fragment_type(std::string_view id) {
  Scope& owner = scopes_[scope().owner];
  if (!owner.fragments_known) {
    find_fragments(owner);
  }
  const std::uint32_t hash = hash_of(id);
  auto at = std::lower_bound(fragments_.begin() + static_cast<std::ptrdiff_t>(owner.fragments),
                             fragments_.end(), hash,
                             [](const Fragment& a, std::uint32_t b) { return a.hash < b; });
  TypeId found = TypeId::kNone;
  for (; at != fragments_.end() && at->hash == hash; ++at) {
    if (document_->string_is(at->id, id)) {
      if (found != TypeId::kNone) {
        return TypeId::kNone;
      }
      found = at->type;
    }
  }
  return found;
}

// INVARIANT: of all scopes that are open and have found theirs, this owner is the innermost.
void Redactor::find_fragments(Scope& owner) {
  const Document& document = *document_;
  owner.fragments_known = true;
  owner.fragments = static_cast<std::uint32_t>(fragments_.size());
  const NodeIndex contained = document.find(owner.resource, "contained");
  if (contained == json::kNoNode || !document.is_array(contained) ||
      fhir::find_element(owner.plan->type, "contained") == nullptr ||
      hides_part(*owner.plan, 0, "contained")) {
    return;
  }
  std::vector<Fragment> found;
  std::string scratch;
  for (NodeIndex item = Document::first_child(contained), end = document[contained].next;
       item != end; item = document[item].next) {
    const NodeIndex id = document.find(item, "id");
    if (id == json::kNoNode || !document.is_string(id)) {
      continue;
    }
    if (const Plan* plan = judge_->judge(document, item, Nesting::kContained)) {
      found.push_back({hash_of(document.string(id, scratch)), plan->type, id});
    }
  }
  sort_by(found, [](const Fragment& a, const Fragment& b) { return a.hash < b.hash; });
  fragments_.insert(fragments_.end(), found.begin(), found.end());
}

}  // namespace fhirwall::redact
