#include "core/redact/redactor.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/redact/bundle_parts.hpp"
#include "core/redact/closure_tables.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

using fhir::TypeId;
using json::Kind;
using json::NodeIndex;

namespace {

constexpr bool is_container(Kind kind) { return kind == Kind::kObject || kind == Kind::kArray; }

// No extension in the resource leads to anything that closure can cut, and nothing in it is empty:
// all that can be cut stands in elements that the type itself names (Reach), and nothing else can
// be pruned.
bool is_plain(const json::Document& document, NodeIndex resource, const Closure& closure) {
  if (!document.may_be_noted(resource)) {
    return true;
  }
  const NodeIndex end = document[resource].next;
  const std::uint64_t lengths = closure.extension_lengths();
  const json::Node* entry = &document[resource];
  // For every node: sums of differences, as there is hardly a branch to foresee.
  static_assert(static_cast<int>(Kind::kObject) == 0 && static_cast<int>(Kind::kArray) == 1);
  for (NodeIndex node = resource; node != end; ++node, ++entry) {
    const std::uint32_t length = entry->key_length;
    const std::uint32_t kind = entry->kind_bits;
    const std::uint32_t not_empty = (entry->next - (node + 1)) | kind >> 1;
    const std::uint32_t not_null = length | (kind ^ static_cast<std::uint32_t>(Kind::kNull));
    if (not_empty == 0 || not_null == 0) {
      return false;  // a container without content, or a position of an array
    }
    if ((lengths >> (length & 63) & 1) != 0 && closure.leads_in_extension(document.key(node))) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Redactor::mark(const json::Document& document, NodeIndex resource, const Plan& plan,
                    const Closure* closure, Judge* judge) {
  document_ = &document;
  closure_ = closure;
  judge_ = judge;
  root_ = resource;
  nested_resource_ = json::kNoNode;
  stack_.clear();
  scopes_.clear();
  fragments_.clear();
  insertions_.clear();
  const std::size_t size = document[resource].next - resource;
  if (marks_.size() < size) {
    marks_.resize(size);
  }
  cuts_references_ = closure != nullptr && closure->cuts_references();
  plain_ = cuts_references_ ? Plain::kUnknown : Plain::kYes;
  open_scope(resource, plan, Nesting::kOther, nullptr, kNoTrie);
  while (!stack_.empty()) {
    Frame& frame = stack_.back();
    if (frame.next_child == frame.end) {
      close();
      continue;
    }
    if (!frame.keys.has_all()) {
      skim(frame);
      if (frame.next_child == frame.end) {
        continue;
      }
    }
    const NodeIndex node = frame.next_child;
    frame.next_child = document[node].next;
    if (frame.shape == Shape::kObject) {
      visit_member(node);
    } else {
      visit_item(node);
    }
  }
}

// Of the root, and so of all that is inside it. Asked only for a scope that skims.
bool Redactor::plain() {
  if (plain_ == Plain::kUnknown) {
    plain_ = is_plain(*document_, root_, *closure_) ? Plain::kYes : Plain::kNo;
  }
  return plain_ == Plain::kYes;
}

// Keeps the next members as long as they cannot matter.
void Redactor::skim(Frame& frame) {
  const json::Document& document = *document_;
  const bool opens_all = scope().opens_all;
  NodeIndex node = frame.next_child;
  for (; node != frame.end; node = document[node].next) {
    const std::string_view key = document.key(node);
    const KeySet one = KeySet::of(key);
    if (key.starts_with('_')) {
      break;
    }
    if (frame.keys.may_have(one)) {
      // Not even looked up: the commonest by far, and nothing in it can go, whatever it stands for.
      if (!frame.reference_keys.may_have(one) || !is_bare(node)) {
        break;
      }
    } else if (opens_all && is_container(document.kind(node))) {
      break;
    }
    marks_[node - root_] = Mark::kKeep;
    frame.kept_any = true;
  }
  frame.next_child = node;
}

void Redactor::visit_member(NodeIndex node) {
  const Frame& frame = stack_.back();
  const Scope& here = scope();
  const std::string_view key = document_->key(node);
  const fhir::Child child = fhir::find_child(frame.type, key);
  if (child.element == nullptr) {
    visit_unknown(node, key);
    return;
  }
  const Edge* edge = plan_->find_edge(frame.trie, child.element, child.type);
  if (edge != nullptr && edge->node != kNoTrie && plan_->nodes[edge->node].cut) {
    cut(node);  // SPEC 7.2: `x` and `_x` alike
    return;
  }
  if (here.cuts_narratives && child.type == fhir::well_known().narrative) {
    cut(node);  // SPEC 7.3 (a)
    return;
  }
  if ((frame.cut_display && child.element->name == "display") ||
      (frame.cut_identifier && child.element->name == "identifier")) {
    cut(node);  // SPEC 7.3 (c)
    return;
  }
  if (frame.resource && here.outer_plan != nullptr && outer_plan_cuts(child)) {
    cut(node);
    return;
  }
  if (is_resource(child.type)) {
    visit_nested(node, child, edge);
    return;
  }
  if (here.is_bundle && cut_of_bundle(node, child)) {
    return;
  }
  visit_value(node, child, edge);
}

// Keys that the model does not know. SPEC 7.2: they go when the rule hides anything; when they are
// asked to stay, those that may stand for something hidden go nevertheless.
void Redactor::visit_unknown(NodeIndex node, std::string_view key) {
  const Frame& frame = stack_.back();
  const Scope& here = scope();
  if (plan_->cut_unknown || (here.is_bundle && frame.resource && key == "issues")) {
    cut(node);
    return;
  }
  std::string_view base = key;
  if (!base.empty() && base.front() == '_') {
    // The sibling of an element that can have none.
    base.remove_prefix(1);
    const fhir::Child child = fhir::find_child(frame.type, base);
    if ((child.element != nullptr &&
         (plan_->find_edge(frame.trie, child.element, child.type) != nullptr ||
          (here.cuts_narratives && child.type == fhir::well_known().narrative) ||
          (cuts_references_ && child.type == fhir::well_known().reference) ||
          ((plan_->hides || (closure_ != nullptr && closure_->cuts_anything())) &&
           is_resource(child.type)) ||
          (frame.cut_identifier && child.element->name == "identifier") ||
          (here.is_bundle && frame.resource))) ||
        (here.is_bundle && frame.resource && base == "issues")) {
      cut(node);
      return;
    }
  }
  // SPEC 7.3 (a), 7.4: of a type that has neither, a Bundle for instance.
  if (frame.resource &&
      ((base == "text" && here.cuts_narratives) ||
       (base == "contained" && closure_ != nullptr && closure_->cuts_anything()))) {
    cut(node);
    return;
  }
  if (frame.trie != kNoTrie) {
    // SPEC 7.1: `x[x]` means every key that is the base plus a capital letter.
    for (const fhir::Element* choice : plan_->nodes[frame.trie].any_choice) {
      if (base.starts_with(choice->name) &&
          (base.size() == choice->name.size() || ascii::is_upper(base[choice->name.size()]))) {
        cut(node);
        return;
      }
    }
  }
  keep(node);
}

// A member that the model knows. `edge`: a hidden path goes on below it, so that what has not the
// shape that the model allows is cut whole (SPEC 7.2); elsewhere wrong shapes are data.
void Redactor::visit_value(NodeIndex node, const fhir::Child& child, const Edge* edge) {
  const Kind kind = document_->kind(node);
  if (!is_container(kind) && is_entry(child.type)) {
    cut(node);  // SPEC 8.2: no resource in it
    return;
  }
  const bool reference = cuts_references_ && child.type == fhir::well_known().reference;
  if (edge == nullptr && !reference && (!is_container(kind) || !may_hold_hidden(child.type))) {
    keep(node);
    return;
  }
  const bool primitive = fhir::type_kind(child.type) == fhir::TypeKind::kPrimitive;
  if (edge != nullptr) {
    const bool scalar_expected = primitive && !child.sibling;
    const bool right_shape = child.element->repeats ? kind == Kind::kArray
                             : scalar_expected      ? !is_container(kind) && kind != Kind::kNull
                                                    : kind == Kind::kObject && edge->urls.empty();
    if (!right_shape) {
      cut(node);
      return;
    }
  }
  if (!is_container(kind)) {
    if (reference && cuts_wrong_reference(child.element)) {
      cut(node);
    } else {
      keep(node);
    }
    return;
  }
  const std::uint32_t trie = edge != nullptr ? edge->node : kNoTrie;
  if (kind == Kind::kObject) {
    visit_object(node, child.type, child.element, trie);
    return;
  }
  const Shape shape = !primitive      ? Shape::kArray
                      : child.sibling ? Shape::kPrimitiveObjects
                                      : Shape::kPrimitives;
  Frame& frame = open_array(node, child.type, shape, trie);
  frame.element = child.element;
  frame.edge = edge;
  frame.on_path = edge != nullptr;
}

void Redactor::visit_item(NodeIndex node) {
  const Frame& frame = stack_.back();
  const Kind kind = document_->kind(node);
  if (frame.shape == Shape::kResources) {
    visit_resource(node, frame.nesting, frame.trie);
    return;
  }
  const bool position = frame.shape != Shape::kArray;  // an item with a counterpart in `_x` or `x`
  const bool object_expected = frame.shape != Shape::kPrimitives;
  const bool wrong_shape = kind == Kind::kArray || (kind == Kind::kObject) != object_expected;
  if ((position && kind == Kind::kNull) || (frame.on_path && wrong_shape)) {
    if (position) {
      marks_[node - root_] = Mark::kEmpty;
    } else {
      cut(node);
    }
    return;
  }
  if (!is_container(kind)) {
    if (is_entry(frame.type) || (cuts_references_ && frame.type == fhir::well_known().reference &&
                                 cuts_wrong_reference(frame.element))) {
      cut(node);
    } else {
      keep(node);
    }
    return;
  }
  if (kind == Kind::kArray) {
    const fhir::Element* element = frame.element;
    open_array(node, frame.type, Shape::kArray, kNoTrie).element = element;
    return;
  }
  bool without_url = false;
  const std::uint32_t trie = item_trie(node, frame, without_url);
  if (without_url || (trie != kNoTrie && plan_->nodes[trie].cut)) {
    cut(node);
  } else if (trie == kNoTrie && !may_hold_hidden(frame.type)) {
    keep(node);
  } else {
    visit_object(node, frame.type, frame.element, trie);
  }
}

// An object of a type that the model knows, below which something can be cut.
void Redactor::visit_object(NodeIndex node, TypeId type, const fhir::Element* element,
                            std::uint32_t trie) {
  if (cuts_references_ && type == fhir::well_known().reference) {
    if (trie == kNoTrie && is_bare(node)) {
      keep(node);
      return;
    }
    const ReferenceCuts cuts = cuts_of(node, element, trie);
    if (cuts.whole) {
      cut(node);
    } else if (cuts.flat && !cuts.display && !cuts.identifier && trie == kNoTrie &&
               !plan_->cut_unknown) {
      keep(node);
    } else {
      open_object(node, type, trie);
      stack_.back().cut_display = cuts.display;
      stack_.back().cut_identifier = cuts.identifier;
      if (cuts.display || cuts.identifier) {
        stack_.back().keys = KeySet::all();
      }
    }
    return;
  }
  if (scope().is_bundle && type == bundle_types().link && !keeps_link(node, trie)) {
    cut(node);  // SPEC 8.2
    return;
  }
  open_object(node, type, trie);
}

// Where a hidden path goes on below one item of an array. SPEC 7.1: `extension('url')` selects by
// url; an extension whose url is no string has not the shape that the model allows.
std::uint32_t Redactor::item_trie(NodeIndex item, const Frame& frame, bool& without_url) const {
  if (frame.edge == nullptr || frame.edge->urls.empty()) {
    return frame.trie;
  }
  const NodeIndex url = document_->find(item, "url");
  if (url == json::kNoNode || !document_->is_string(url)) {
    without_url = true;
    return frame.trie;
  }
  for (const UrlBranch& branch : frame.edge->urls) {
    if (document_->string_is(url, branch.url)) {
      return branch.node;
    }
  }
  return frame.trie;
}

// Is that all there is of a Reference, or of each in an array: the text, which names nothing that
// is contained?
bool Redactor::is_bare(NodeIndex node) const {
  const json::Document& document = *document_;
  const NodeIndex end = document[node].next;
  if (document.is_array(node)) {
    ++node;
  }
  if (node == end) {
    return false;
  }
  for (; node != end; node += 2) {
    if (!document.is_object(node) || document[node].next != node + 2) {
      return false;
    }
    const json::Node& text = document[node + 1];
    if (text.kind() != Kind::kString || text.escaped != 0 ||
        document.text()[text.begin + 1] == '#' || document.key(node + 1) != "reference") {
      return false;
    }
  }
  return true;
}

bool Redactor::may_hold_hidden(TypeId type) const {
  return scope().opens_all || (closure_ != nullptr && !closure_->keys_of(type).empty()) ||
         std::binary_search(plan_->holders.begin(), plan_->holders.end(), type);
}

void Redactor::open_object(NodeIndex node, TypeId type, std::uint32_t trie) {
  Frame& frame = stack_.emplace_back();
  frame.container = node;
  frame.next_child = node + 1;
  frame.end = (*document_)[node].next;
  frame.type = object_type(type);
  frame.trie = trie;
  if (scope().skims && trie == kNoTrie && closure_ != nullptr) {
    frame.keys = closure_->keys_of(frame.type);
    frame.reference_keys = closure_->reference_keys_of(frame.type);
  }
}

Redactor::Frame& Redactor::open_array(NodeIndex node, TypeId type, Shape shape,
                                      std::uint32_t trie) {
  Frame& frame = stack_.emplace_back();
  frame.container = node;
  frame.next_child = node + 1;
  frame.end = (*document_)[node].next;
  frame.type = type;
  frame.shape = shape;
  frame.trie = trie;
  return frame;
}

// Every container that is opened is one where something can be cut, so it goes when nothing is left
// in it, also when it came empty (SPEC 7.5).
void Redactor::close() {
  if (stack_.back().pending) {
    settle_pending(stack_.back());
  }
  if (plan_->puts_in && stack_.back().shape == Shape::kObject) {
    put_in(stack_.back());
  }
  const Frame frame = stack_.back();
  stack_.pop_back();
  Mark& mark = marks_[frame.container - root_];
  if (frame.resource) {
    close_scope();
  }
  if (stack_.empty()) {
    mark = frame.touched ? Mark::kTouched : Mark::kKeep;
    return;
  }
  Frame& parent = stack_.back();
  const bool stands = !frame.refused && (frame.shape != Shape::kObject || !lacks_resource(frame));
  if (stands && (frame.shape == Shape::kPrimitives || frame.shape == Shape::kPrimitiveObjects)) {
    mark = Mark::kPending;
    parent.pending = true;
  } else if (stands && frame.kept_any) {
    mark = frame.touched ? Mark::kTouched : Mark::kKeep;
    parent.kept_any = true;
    parent.touched = parent.touched || frame.touched;
  } else if (stands &&
             (parent.shape == Shape::kPrimitives || parent.shape == Shape::kPrimitiveObjects)) {
    mark = Mark::kEmpty;
  } else {
    cut(frame.container);
  }
}

void Redactor::keep(NodeIndex node) {
  marks_[node - root_] = Mark::kKeep;
  stack_.back().kept_any = true;
}

void Redactor::cut(NodeIndex node) {
  marks_[node - root_] = Mark::kCut;
  stack_.back().touched = true;
}

}  // namespace fhirwall::redact
