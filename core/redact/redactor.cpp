#include "core/redact/redactor.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

using fhir::TypeId;
using json::Kind;
using json::NodeIndex;

namespace {

constexpr bool is_container(Kind kind) { return kind == Kind::kObject || kind == Kind::kArray; }

}  // namespace

void Redactor::mark(const json::Document& document, NodeIndex resource, const Plan& plan,
                    const Closure* closure, Judge* judge) {
  document_ = &document;
  plan_ = &plan;
  closure_ = closure;
  judge_ = judge;
  root_ = resource;
  nested_resource_ = json::kNoNode;
  stack_.clear();
  const std::size_t size = document[resource].next - resource;
  if (marks_.size() < size) {
    marks_.resize(size);
  }
  open_object(resource, plan.type, 0);
  if (plan.hides) {
    run(0);
  } else {
    mark_server_meta();
  }
}

// A plan that hides nothing is concerned with `meta` alone, of the resource and of what it contains
// (SPEC 7.7): the rest is stepped over.
void Redactor::mark_server_meta() {
  const json::Document& document = *document_;
  for (NodeIndex node = document.first_child(root_), end = document[root_].next; node != end;
       node = document[node].next) {
    const std::string_view key = document.key(node);
    const bool contained = key == "contained";
    if (contained) {
      nested_resource_ = node;
    }
    if (contained || key == "meta" || key == "_meta") {
      visit_member(node);
      run(1);
      continue;
    }
    keep(node);
  }
  close();
}

// Works until no more than `floor` containers are open.
void Redactor::run(std::size_t floor) {
  while (stack_.size() > floor) {
    Frame& frame = stack_.back();
    if (frame.next_child == frame.end) {
      close();
      continue;
    }
    const NodeIndex node = frame.next_child;
    frame.next_child = (*document_)[node].next;
    if (frame.shape == Shape::kObject) {
      visit_member(node);
    } else {
      visit_item(node);
    }
  }
}

void Redactor::visit_member(NodeIndex node) {
  const Frame& frame = stack_.back();
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
  if (plan_->cut_narratives && child.type == fhir::well_known().narrative) {
    cut(node);  // SPEC 7.3 (a)
    return;
  }
  if (plan_->hides && is_resource(child.type)) {
    if (nested_resource_ == json::kNoNode) {
      nested_resource_ = node;
    }
    cut(node);  // not for this plan to judge
    return;
  }
  visit_value(node, child.type, child.sibling, child.element->repeats, edge);
}

// Keys that the model does not know. SPEC 7.2: they go when the rule hides anything; when they are
// asked to stay, those that may stand for something hidden go nevertheless.
void Redactor::visit_unknown(NodeIndex node, std::string_view key) {
  const Frame& frame = stack_.back();
  if (plan_->cut_unknown) {
    cut(node);
    return;
  }
  std::string_view base = key;
  if (!base.empty() && base.front() == '_') {
    // The sibling of an element that can have none.
    base.remove_prefix(1);
    const fhir::Child child = fhir::find_child(frame.type, base);
    if (child.element != nullptr &&
        (plan_->find_edge(frame.trie, child.element, child.type) != nullptr ||
         (plan_->cut_narratives && child.type == fhir::well_known().narrative) ||
         (plan_->hides && is_resource(child.type)))) {
      cut(node);
      return;
    }
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
void Redactor::visit_value(NodeIndex node, TypeId type, bool sibling, bool repeats,
                           const Edge* edge) {
  const Kind kind = document_->kind(node);
  if (edge == nullptr && (!is_container(kind) || !may_hold_hidden(type))) {
    keep(node);
    return;
  }
  const bool primitive = fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  if (edge != nullptr) {
    const bool scalar_expected = primitive && !sibling;
    const bool right_shape = repeats           ? kind == Kind::kArray
                             : scalar_expected ? !is_container(kind) && kind != Kind::kNull
                                               : kind == Kind::kObject && edge->urls.empty();
    if (!right_shape) {
      cut(node);
      return;
    }
    if (!is_container(kind)) {
      keep(node);
      return;
    }
  }
  const std::uint32_t trie = edge != nullptr ? edge->node : kNoTrie;
  if (kind == Kind::kObject) {
    open_object(node, type, trie);
    return;
  }
  const Shape shape = !primitive ? Shape::kArray
                      : sibling  ? Shape::kPrimitiveObjects
                                 : Shape::kPrimitives;
  open_array(node, type, shape, trie, edge, edge != nullptr);
}

void Redactor::visit_item(NodeIndex node) {
  const Frame& frame = stack_.back();
  const Kind kind = document_->kind(node);
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
    keep(node);
    return;
  }
  if (kind == Kind::kArray) {
    open_array(node, frame.type, Shape::kArray, kNoTrie, nullptr, false);
    return;
  }
  bool without_url = false;
  const std::uint32_t trie = item_trie(node, frame, without_url);
  if (without_url || (trie != kNoTrie && plan_->nodes[trie].cut)) {
    cut(node);
  } else if (trie == kNoTrie && !may_hold_hidden(frame.type)) {
    keep(node);
  } else {
    open_object(node, frame.type, trie);
  }
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

bool Redactor::may_hold_hidden(TypeId type) const {
  return plan_->cut_unknown ||
         std::binary_search(plan_->holders.begin(), plan_->holders.end(), type);
}

void Redactor::open_object(NodeIndex node, TypeId type, std::uint32_t trie) {
  Frame frame;
  frame.container = node;
  frame.next_child = node + 1;
  frame.end = (*document_)[node].next;
  frame.type = object_type(type);
  frame.trie = trie;
  stack_.push_back(frame);
}

void Redactor::open_array(NodeIndex node, TypeId type, Shape shape, std::uint32_t trie,
                          const Edge* edge, bool on_path) {
  Frame frame;
  frame.container = node;
  frame.next_child = node + 1;
  frame.end = (*document_)[node].next;
  frame.type = type;
  frame.shape = shape;
  frame.trie = trie;
  frame.edge = edge;
  frame.on_path = on_path;
  stack_.push_back(frame);
}

// Every container that is opened is one where the plan can cut, so it goes when nothing is left in
// it, also when it came empty (SPEC 7.5).
void Redactor::close() {
  if (stack_.back().pending) {
    settle_pending(stack_.back());
  }
  const Frame frame = stack_.back();
  stack_.pop_back();
  Mark& mark = marks_[frame.container - root_];
  if (stack_.empty()) {
    mark = frame.touched ? Mark::kTouched : Mark::kKeep;
    return;
  }
  Frame& parent = stack_.back();
  if (frame.shape == Shape::kPrimitives || frame.shape == Shape::kPrimitiveObjects) {
    mark = Mark::kPending;
    parent.pending = true;
  } else if (frame.kept_any) {
    mark = frame.touched ? Mark::kTouched : Mark::kKeep;
    parent.kept_any = true;
    parent.touched = parent.touched || frame.touched;
  } else if (parent.shape == Shape::kPrimitives || parent.shape == Shape::kPrimitiveObjects) {
    mark = Mark::kEmpty;
  } else {
    cut(frame.container);
  }
}

void Redactor::settle_pending(Frame& object) {
  const json::Document& document = *document_;
  for (NodeIndex node = document.first_child(object.container); node != object.end;
       node = document[node].next) {
    if (marks_[node - root_] == Mark::kPending) {
      const NodeIndex other = counterpart(object.container, node);
      const bool paired = other != json::kNoNode && marks_[other - root_] == Mark::kPending;
      settle_pair(object, node, paired ? other : json::kNoNode);
    }
  }
}

// The member `_x` of `x`, or `x` of `_x`.
NodeIndex Redactor::counterpart(NodeIndex object, NodeIndex member) const {
  const json::Document& document = *document_;
  const std::string_view key = document.key(member);
  for (NodeIndex node = document.first_child(object), end = document[object].next; node != end;
       node = document[node].next) {
    const std::string_view other = document.key(node);
    const std::string_view longer = other.size() > key.size() ? other : key;
    const std::string_view shorter = other.size() > key.size() ? key : other;
    if (longer.size() == shorter.size() + 1 && longer.front() == '_' &&
        longer.substr(1) == shorter) {
      return node;
    }
  }
  return json::kNoNode;
}

// SPEC 7.5: a position empty in both arrays goes from both, so that the rest stays aligned; one
// that is empty in one of them is `null` there, whatever stood in it; an array without content
// goes.
void Redactor::settle_pair(Frame& object, NodeIndex array, NodeIndex other) {
  const json::Document& document = *document_;
  struct Side {
    NodeIndex array = json::kNoNode;
    NodeIndex item = 0;
    NodeIndex end = 0;
    bool kept_any = false;
    bool touched = false;
  };
  Side sides[2];
  sides[0].array = array;
  sides[1].array = other;
  for (Side& side : sides) {
    if (side.array != json::kNoNode) {
      side.item = document.first_child(side.array);
      side.end = document[side.array].next;
    }
  }
  const auto empty = [&](const Side& side) {
    return side.item == side.end || marks_[side.item - root_] == Mark::kEmpty;
  };
  while (sides[0].item != sides[0].end || sides[1].item != sides[1].end) {
    const bool both_empty = empty(sides[0]) && empty(sides[1]);
    for (Side& side : sides) {
      if (side.item == side.end) {
        continue;
      }
      Mark& mark = marks_[side.item - root_];
      if (both_empty) {
        mark = Mark::kCut;
        side.touched = true;
      } else if (mark != Mark::kEmpty) {
        side.kept_any = true;
        side.touched = side.touched || mark == Mark::kTouched;
      } else if (document.kind(side.item) == Kind::kNull) {
        mark = Mark::kKeep;
      } else {
        mark = Mark::kNull;
        side.touched = true;
      }
      side.item = document[side.item].next;
    }
  }
  for (const Side& side : sides) {
    if (side.array == json::kNoNode) {
      continue;
    }
    object.kept_any = object.kept_any || side.kept_any;
    object.touched = object.touched || side.touched || !side.kept_any;
    marks_[side.array - root_] = !side.kept_any ? Mark::kCut
                                 : side.touched ? Mark::kTouched
                                                : Mark::kKeep;
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

Redactor::Rest Redactor::rest_of(NodeIndex node) const {
  switch (marks_[node - root_]) {
    case Mark::kKeep: return Rest::kAll;
    case Mark::kTouched: return Rest::kSome;
    case Mark::kNull: return Rest::kNull;
    case Mark::kCut:
    case Mark::kEmpty:
    case Mark::kPending: break;
  }
  return Rest::kNone;
}

void Redactor::emit(Edits& edits) {
  if (marks_[0] != Mark::kTouched) {
    return;
  }
  const json::Document& document = *document_;
  emit_stack_.clear();
  const auto open = [&](NodeIndex node) {
    emit_stack_.push_back(EmitFrame{json::MemberCutter(document, node, edits.cuts),
                                    document.first_child(node), document[node].next});
  };
  open(root_);
  while (!emit_stack_.empty()) {
    EmitFrame& frame = emit_stack_.back();
    if (frame.next_child == frame.end) {
      frame.cutter.finish();
      emit_stack_.pop_back();
      continue;
    }
    const NodeIndex node = frame.next_child;
    frame.next_child = document[node].next;
    switch (marks_[node - root_]) {
      case Mark::kKeep: frame.cutter.keep(node); break;
      case Mark::kTouched:
        frame.cutter.keep(node);
        open(node);
        break;
      case Mark::kNull:
        frame.cutter.keep(node);
        edits.cuts.cut(document[node].begin, document[node].end);
        edits.literals.push_back({document[node].begin, "null"});
        break;
      case Mark::kCut:
      case Mark::kEmpty:
      case Mark::kPending: frame.cutter.cut(node); break;
    }
  }
}

}  // namespace fhirwall::redact
