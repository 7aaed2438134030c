#include "core/base/sort.hpp"
#include "core/redact/marks.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

using json::NodeIndex;

// SPEC 7.8. Called for each object that the plan's paths reach, and for each resource, once all
// that is in it is decided. What is put in stands right behind the bracket, so that only what is
// kept says where.
void Redactor::put_in(Frame& object) {
  if (object.trie != kNoTrie && (object.kept_any || object.resource)) {
    for (const Mask& mask : plan_->nodes[object.trie].masks) {
      if (!has_rival(object, mask)) {
        put(object.container, mask.text);
      }
    }
  }
  const bool contained = scope().owner + 1 != scopes_.size();
  if (object.resource && !contained && marks(*plan_, closure_)) {
    put_mark(object);
  }
}

// Does something that is kept speak against a mask: another choice of the element, or extensions
// beside the value of an extension?
bool Redactor::has_rival(const Frame& object, const Mask& mask) const {
  if (!mask.element->choice) {
    return false;
  }
  const json::Document& document = *document_;
  for (NodeIndex node = object.container + 1; node != object.end; node = document[node].next) {
    if (!is_kept(node)) {
      continue;
    }
    const fhir::Child child = fhir::find_child(object.type, document.key(node));
    if (child.element == mask.element ||
        (object.type == fhir::well_known().extension && document.key(node) == "extension")) {
      return true;
    }
  }
  return false;
}

// What is not as the model says gives way.
void Redactor::put_mark(Frame& resource) {
  const json::Document& document = *document_;
  const redact::Mark mark = plan_->mark;
  const NodeIndex meta = document.find(resource.container, "meta");
  NodeIndex items = json::kNoNode;
  bool others = false;  // something else is kept in `meta`
  if (meta != json::kNoNode && is_kept(meta) && document.is_object(meta)) {
    const bool whole = marks_[meta - root_] == Mark::kKeep;
    for (NodeIndex node = meta + 1, end = document[meta].next; node != end;
         node = document[node].next) {
      if (!whole && !is_kept(node)) {
        continue;
      }
      if (document.key(node) == mark_member(mark)) {
        items = node;
      } else {
        others = true;
      }
    }
    if (items != json::kNoNode && document.is_array(items) && document.has_children(items)) {
      put(items, mark_item(mark));
      return;
    }
    if (others) {
      if (items != json::kNoNode) {
        give_way(meta, items);
        resource.touched = true;
      }
      if (!replace_mask(meta, mark_member(mark), mark_array(mark, true))) {
        put(meta, mark_array(mark, false));
      }
      return;
    }
  }
  if (meta != json::kNoNode && is_kept(meta)) {
    marks_[meta - root_] = Mark::kCut;
    resource.touched = true;
  }
  if (!replace_mask(resource.container, "meta", mark_meta(mark, true))) {
    put(resource.container, mark_meta(mark, false));
  }
}

// Cuts one member of an object that is kept.
void Redactor::give_way(NodeIndex object, NodeIndex member) {
  const json::Document& document = *document_;
  if (marks_[object - root_] == Mark::kKeep) {
    for (NodeIndex node = object + 1, end = document[object].next; node != end;
         node = document[node].next) {
      marks_[node - root_] = Mark::kKeep;
    }
    marks_[object - root_] = Mark::kTouched;
  }
  marks_[member - root_] = Mark::kCut;
}

void Redactor::put(NodeIndex container, std::string_view text) {
  insertions_.push_back({(*document_)[container].begin + 1, text});
}

// A mask and a mark in one member. False: there is no mask of it.
bool Redactor::replace_mask(NodeIndex object, std::string_view member, std::string_view text) {
  for (Literal& literal : insertions_) {
    if (literal.at == (*document_)[object].begin + 1 &&
        literal.text.substr(1).starts_with(member) && literal.text[1 + member.size()] == '"') {
      literal.text = text;
      return true;
    }
  }
  return false;
}

bool Redactor::is_kept(NodeIndex node) const {
  const Mark mark = marks_[node - root_];
  return mark == Mark::kKeep || mark == Mark::kTouched || mark == Mark::kPath;
}

// Insertions were made from the inside to the outside.
void Redactor::sort_insertions() {
  sort_by(insertions_, [](const Literal& a, const Literal& b) { return a.at < b.at; });
}

}  // namespace fhirwall::redact
